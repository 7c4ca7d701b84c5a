import { systemWireClock } from '@app/shared/time/wire-clock';

/** Real milliseconds since 1970. The one place of the simulator that reads the machine's clock. */
export const wireNow = (): number => systemWireClock.now();
