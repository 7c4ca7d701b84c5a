import { BanScope, PlatformError, PlatformErrorKind, PlatformErrorReason } from '../port';

/** An error as the answer states it: `error_response`, or an inner flag turned into one (Taobao sheet §4.2). */
export interface TaobaoFault {
  code?: string;
  msg?: string;
  subCode?: string;
  subMsg?: string;
  requestId?: string;
}

interface Rule {
  kind: PlatformErrorKind;
  reason?: PlatformErrorReason;
  banScope?: BanScope;
  /** The write may have been carried out although this error came. */
  mayBeDone?: boolean;
}

const RETRY: Rule = { kind: 'transient' };
const MAY_BE_DONE: Rule = { kind: 'transient', mayBeDone: true };
const BAD_REQUEST: Rule = { kind: 'rejected', reason: 'bad-request' };
const STATE: Rule = { kind: 'rejected', reason: 'state' };
const PERMISSION: Rule = { kind: 'rejected', reason: 'permission' };
const CONFIGURATION: Rule = { kind: 'rejected', reason: 'configuration' };
const UNSUPPORTED: Rule = { kind: 'rejected', reason: 'unsupported' };
const DONE: Rule = { kind: 'already-done' };
const MISSING: Rule = { kind: 'not-found' };
const REAUTHORISE: Rule = { kind: 'reauthorise' };
const limited = (banScope: BanScope): Rule => ({ kind: 'rate-limited', banScope });

/** Main codes (Taobao sheet §4.3); 15 and the business codes 500–999 are judged by their sub code. */
const BY_CODE: Readonly<Record<string, Rule>> = {
  '3': RETRY,
  '4': limited('shop'),
  '5': limited('shop'),
  '6': limited('app'),
  '7': limited('app'),
  '8': limited('method'),
  '9': BAD_REQUEST,
  '10': RETRY,
  '11': PERMISSION,
  '12': PERMISSION,
  '13': PERMISSION,
  '21': BAD_REQUEST,
  '22': BAD_REQUEST,
  '23': BAD_REQUEST,
  '24': CONFIGURATION,
  '25': CONFIGURATION,
  '26': REAUTHORISE,
  '27': REAUTHORISE,
  '28': CONFIGURATION,
  '29': CONFIGURATION,
  '30': { kind: 'transient', reason: 'clock' },
  '31': { kind: 'transient', reason: 'clock' },
  '32': BAD_REQUEST,
  '33': BAD_REQUEST,
  '34': BAD_REQUEST,
  '40': BAD_REQUEST,
  '41': BAD_REQUEST,
  '42': PERMISSION,
  '43': BAD_REQUEST,
  '88': REAUTHORISE,
};

/** Sub codes worth a branch, first match wins (Taobao sheet §4.4 and §3.5). */
const BY_SUB_CODE: readonly (readonly [RegExp, Rule])[] = [
  [/^accesscontrol\.limited-by-app-access-count/, limited('app')],
  [/^accesscontrol\.limited-by-dynamic-access-count/, limited('app')],
  [/^accesscontrol\.limited-by-/, limited('method')],
  [/^isp\.call-limited/, limited('method')],
  [/session-expired|invalid-session/, REAUTHORISE],
  [/^isv\.permission-api-package-limit|^isv\.insufficient-.*-permissions/, PERMISSION],
  [/timeout/i, MAY_BE_DONE],
  [/^isp\.(remote-connection-error|top-remote-unknown-error)/, MAY_BE_DONE],
  [/IC_SYSTEM_NOT_READY_TRY_AGAIN_LATER|GENERIC_FAILURE|CLOSE_TRADE_TOO_FAST/, RETRY],
  [/^isp\./, RETRY],
  [/trade-not-exist|item-not-exist|ORDER_NOT_FOUND|SKU_NOT_FIND|[-_]not-?exists?$/, MISSING],
  [/^isv\.(invalid|missing)-parameter/, BAD_REQUEST],
  [/^isv\.oaid-field-miss/, BAD_REQUEST],
];

/** Suffixes of `isv.logistics-…-service-error:` (Taobao sheet §9.3; one integrator's table except B04). */
const BY_SHIP_CODE: Readonly<Record<string, Rule>> = {
  B04: DONE,
  HD06: DONE,
  B27: DONE,
  CD16: DONE,
  P07: DONE,
  B01: MISSING,
  P02: MISSING,
  ORDER_NOT_FOUND_ERROR: MISSING,
  B02: STATE,
  B55: STATE,
  CD19: STATE,
  B101: STATE,
  CD17: PERMISSION,
  P03: PERMISSION,
  CD86: UNSUPPORTED,
  B98: UNSUPPORTED,
  CD01: UNSUPPORTED,
  P08: UNSUPPORTED,
  B60: { kind: 'rejected', reason: 'conflict' },
  P10: { kind: 'rejected', reason: 'conflict' },
  'F-F06': { kind: 'rejected', reason: 'conflict' },
  B150: MAY_BE_DONE,
  S01: MAY_BE_DONE,
  R98: MAY_BE_DONE,
};

/** Fragments of messages that decide a stock or price write (Taobao sheet §8.2, recorded in integrators' code). */
const BY_MESSAGE: readonly (readonly [RegExp, Rule])[] = [
  [/This ban will last/, limited('method')],
  [/不能低于预扣库存/, { kind: 'rejected', reason: 'locked' }],
  [/活动商品|活动期间/, { kind: 'rejected', reason: 'locked' }],
  [/没有找到SKUID|商品已被删除|获取单个商品异常|SKU_NOT_FIND/, MISSING],
  [/代销商品禁止/, STATE],
  [/服务正忙|服务.*维护/, RETRY],
  [/远程服务调用超时/, MAY_BE_DONE],
];

/** Seconds of a ban as the message states them; undefined when it states none (Taobao sheet §4.5). */
export function banSeconds(fault: TaobaoFault): number | undefined {
  const match = /(\d+)\s+more\s+seconds?/.exec(`${fault.subMsg ?? ''} ${fault.msg ?? ''}`);
  return match ? Number(match[1]) : undefined;
}

/** The code behind the colon of a logistics sub code, e.g. `B04`; undefined for every other sub code. */
export function shipCode(subCode: string | undefined): string | undefined {
  return /^isv\.logistics-[\w-]*service-error:(.+)$/.exec(subCode ?? '')?.[1] ?? bareShipCode(subCode);
}

function bareShipCode(subCode: string | undefined): string | undefined {
  return subCode !== undefined && Object.hasOwn(BY_SHIP_CODE, subCode) ? subCode : undefined;
}

/** A platform-side prefix `isp.` may be repeated, a caller-side `isv.` may not (Taobao sheet §4.3). */
function ruleOf(fault: TaobaoFault): Rule {
  const subCode = fault.subCode ?? '';
  const ship = shipCode(subCode);
  if (ship !== undefined) return BY_SHIP_CODE[ship] ?? BAD_REQUEST;
  const text = `${fault.subMsg ?? ''} ${fault.msg ?? ''} ${subCode}`;
  const byCode = BY_CODE[fault.code ?? ''];
  // A main code that limits says whom: session, partner or app; only `accesscontrol.` sub codes say it more exactly.
  if (byCode?.kind === 'rate-limited' && !subCode.startsWith('accesscontrol.')) return byCode;
  return (
    BY_SUB_CODE.find(([pattern]) => pattern.test(subCode))?.[1] ??
    BY_MESSAGE.find(([pattern]) => pattern.test(text))?.[1] ??
    byCode ??
    (subCode.startsWith('isv.') ? BAD_REQUEST : undefined) ??
    // Code 15 without a sub code says only that something behind the gateway failed.
    (fault.code === '15' || fault.code === undefined ? MAY_BE_DONE : BAD_REQUEST)
  );
}

/** The error that a caller sees for a fault; `isWrite` says whether something could have been changed. */
export function toPlatformError(fault: TaobaoFault, call: { method: string; isWrite: boolean }): PlatformError {
  const rule = ruleOf(fault);
  const ban = banSeconds(fault);
  const isLimited = rule.kind === 'rate-limited';
  const said = [fault.code, fault.msg, fault.subCode, fault.subMsg]
    .filter((part) => part !== undefined && part !== '')
    .join(' / ');
  return new PlatformError(
    rule.kind,
    `Taobao refused ${call.method}: ${said || 'no reason given'}.${adviceFor(rule)}`,
    {
      platform: 'taobao',
      method: call.method,
      reason: rule.reason,
      banScope: rule.banScope,
      retryAfterMs: isLimited ? (ban ?? 1) * 1_000 : rule.kind === 'transient' ? 2_000 : undefined,
      outcomeUnknown: call.isWrite && rule.mayBeDone === true,
      platformCode: fault.code,
      platformSubCode: fault.subCode,
      requestId: fault.requestId,
    },
  );
}

function adviceFor(rule: Rule): string {
  if (rule.kind === 'reauthorise') return ' Ask the shop owner to authorise the shop again.';
  if (rule.reason === 'permission')
    return ' The app lacks a permission package; apply for it in the console, authorising again does not help.';
  if (rule.reason === 'configuration') return ' Check app key and secret of the shop.';
  if (rule.reason === 'clock') return ' Check the clock of this machine: more than 10 minutes off is refused.';
  return '';
}
