import { F10, F11, F9 } from './answer.faults';
import { F12, F13, F16, F17, F18, F19 } from './content.faults';
import type { Fault } from './fault';
import { F1, F2, F3, F4 } from './paging.faults';
import { F23, F36 } from './process.faults';
import { F5 } from './refund.faults';
import { F42, F43, F45 } from './request.faults';
import { F26, F27, F29 } from './server.faults';
import { F21, F25, F32 } from './stock.faults';
import { F34, F7, F8 } from './token.faults';
import { F35 } from './write.faults';

const ALL: readonly Fault[] = [
  ...[F1, F2, F3, F4, F5, F7, F8, F9, F10, F11, F12, F13, F16, F17, F18, F19],
  ...[F21, F23, F25, F26, F27, F29, F32, F34, F35, F36, F42, F43, F45],
];

/** Every fault that can be injected, in the order of their numbers. */
export const FAULTS: readonly Fault[] = [...ALL].sort((a, b) => Number(a.id.slice(1)) - Number(b.id.slice(1)));
