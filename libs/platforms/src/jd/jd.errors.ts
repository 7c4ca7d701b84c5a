import { BanScope, PlatformError, PlatformErrorKind, PlatformErrorReason } from '../port';

/**
 * A failure of any layer (JD sheet §4): `error_response` of the gateway, a method's own code, or a business result that
 * says no although the gateway answered "0".
 */
export interface JdFault {
  layer: 'gateway' | 'business';
  code?: string;
  text?: string;
  subCode?: string;
  subText?: string;
}

interface Rule {
  kind: PlatformErrorKind;
  reason?: PlatformErrorReason;
  banScope?: BanScope;
  /** Wait before the next try, milliseconds. */
  waitMs?: number;
  /** The write may have been carried out although this error came. */
  mayBeDone?: boolean;
}

const HOUR_MS = 3_600_000;
const RETRY: Rule = { kind: 'transient' };
const MAY_BE_DONE: Rule = { kind: 'transient', mayBeDone: true };
const BAD_REQUEST: Rule = { kind: 'rejected', reason: 'bad-request' };
const STATE: Rule = { kind: 'rejected', reason: 'state' };
const PERMISSION: Rule = { kind: 'rejected', reason: 'permission' };
const CONFIGURATION: Rule = { kind: 'rejected', reason: 'configuration' };
const UNSUPPORTED: Rule = { kind: 'rejected', reason: 'unsupported' };
const LOCKED: Rule = { kind: 'rejected', reason: 'locked' };
const DONE: Rule = { kind: 'already-done' };
const MISSING: Rule = { kind: 'not-found' };

/** Codes of the gateway (JD sheet §4). A code that is not in the sheet is tried again, writes after a read-back. */
const BY_CODE: Readonly<Record<string, Rule>> = {
  '1': MAY_BE_DONE,
  // The quota of the day is used up; asked again each hour, since no source says when the next period begins.
  '2': { kind: 'rate-limited', banScope: 'method', waitMs: HOUR_MS },
  '3': PERMISSION,
  '4': BAD_REQUEST,
  '5': BAD_REQUEST,
  '6': BAD_REQUEST,
  '7': BAD_REQUEST,
  '8': { kind: 'transient', reason: 'clock' },
  '9': BAD_REQUEST,
  '10': BAD_REQUEST,
  '11': BAD_REQUEST,
  '12': CONFIGURATION,
  '13': BAD_REQUEST,
  '14': BAD_REQUEST,
  '15': BAD_REQUEST,
  '16': BAD_REQUEST,
  '17': DONE,
  '18': BAD_REQUEST,
  '19': { kind: 'reauthorise' },
  '20': CONFIGURATION,
  '21': CONFIGURATION,
  '22': PERMISSION,
  '23': { kind: 'transient', waitMs: HOUR_MS },
  '24': PERMISSION,
  '25': CONFIGURATION,
  '26': BAD_REQUEST,
  '27': BAD_REQUEST,
  '28': UNSUPPORTED,
  '32': { kind: 'rate-limited', banScope: 'method', waitMs: 1_000 },
  '43': MAY_BE_DONE,
  '50': BAD_REQUEST,
  '60': BAD_REQUEST,
  '61': BAD_REQUEST,
  '62': BAD_REQUEST,
  '63': BAD_REQUEST,
  '64': UNSUPPORTED,
  '65': MAY_BE_DONE,
  '66': MAY_BE_DONE,
  '67': MAY_BE_DONE,
  '68': BAD_REQUEST,
  '69': RETRY,
  '70': MAY_BE_DONE,
  '71': MISSING,
  '72': UNSUPPORTED,
  '73': CONFIGURATION,
  '74': CONFIGURATION,
  '75': CONFIGURATION,
  '77': BAD_REQUEST,
  '78': MAY_BE_DONE,
  '79': PERMISSION,
  '80': CONFIGURATION,
  '83': BAD_REQUEST,
  '85': CONFIGURATION,
  '86': CONFIGURATION,
  '87': CONFIGURATION,
  '88': PERMISSION,
  '89': CONFIGURATION,
  '90': PERMISSION,
  '91': PERMISSION,
  '92': CONFIGURATION,
  '1100': BAD_REQUEST,
  '2001': PERMISSION,
};

/** Business codes that integrators met (JD sheet §4). */
const BY_BUSINESS_CODE: Readonly<Record<string, Rule>> = {
  '70': MAY_BE_DONE,
  '71': MISSING,
  '999999': MAY_BE_DONE,
  '99999999': MAY_BE_DONE,
  '11100010': STATE,
  '11200025': MISSING,
  '11201056': BAD_REQUEST,
  '11201093': LOCKED,
};

/** Texts that decide a business refusal, first match wins (JD sheet §4, §9.1; one integrator each). */
const BY_TEXT: readonly (readonly [RegExp, Rule])[] = [
  [/出库中/, MAY_BE_DONE],
  [/已出库|已经?发货|已经出库/, DONE],
  [/没有在青龙系统生成/, RETRY],
  [/云鼎/, CONFIGURATION],
  [/促销|活动.*锁定/, LOCKED],
  [/不存在|未找到|找不到|不属于|已(被)?删除/, MISSING],
  [/系统(繁忙|异常|错误)|服务(繁忙|异常)|超时|稍后/, MAY_BE_DONE],
  [/权限/, PERMISSION],
  [/状态|锁定/, STATE],
];

function ruleOf(fault: JdFault): Rule {
  const text = `${fault.text ?? ''} ${fault.subText ?? ''}`;
  if (fault.layer === 'business') {
    const byCode = BY_BUSINESS_CODE[fault.code ?? ''] ?? BY_BUSINESS_CODE[fault.subCode ?? ''];
    return byCode ?? BY_TEXT.find(([pattern]) => pattern.test(text))?.[1] ?? BAD_REQUEST;
  }
  return BY_CODE[fault.code ?? ''] ?? (/云鼎/.test(text) ? CONFIGURATION : MAY_BE_DONE);
}

function waitOf(rule: Rule): number | undefined {
  if (rule.waitMs !== undefined) return rule.waitMs;
  return rule.kind === 'transient' ? 2_000 : undefined;
}

/** The error that a caller sees for a fault; `isWrite` says whether something could have been changed. */
export function toPlatformError(fault: JdFault, call: { method: string; isWrite: boolean }): PlatformError {
  const rule = ruleOf(fault);
  const said = [fault.code, fault.text, fault.subCode, fault.subText]
    .filter((part) => part !== undefined && part !== '' && part !== '0')
    .join(' / ');
  return new PlatformError(
    rule.kind,
    `JD refused ${call.method}: ${said || 'no reason given'}.${adviceFor(fault, rule)}`,
    {
      platform: 'jd',
      method: call.method,
      reason: rule.reason,
      banScope: rule.banScope,
      retryAfterMs: waitOf(rule),
      outcomeUnknown: call.isWrite && rule.mayBeDone === true,
      platformCode: fault.code,
      platformSubCode: fault.subCode ?? (fault.layer === 'business' ? fault.text?.slice(0, 200) : undefined),
    },
  );
}

function adviceFor(fault: JdFault, rule: Rule): string {
  const code = fault.layer === 'gateway' ? fault.code : undefined;
  if (rule.kind === 'reauthorise') return ' Ask the shop owner to authorise the shop again.';
  if (rule.reason === 'clock') return ' Check the clock of this machine: more than 6 minutes off is refused.';
  if (code === '12') return ' Check the app secret.';
  if (code === '22') return " Authorise with the shop's main account.";
  if (code === '73' || /云鼎/.test(`${fault.text} ${fault.subText}`))
    return ' Order calls are answered inside of JD cloud only; set JD_GATEWAY_URL to a relay there.';
  if (code === '87') return ' The cipher belongs to another app key; pull the orders again.';
  if (code === '90' || code === '91') return ' JD flagged the merchant; clear it up with JD.';
  if (rule.reason === 'permission') return ' Apply for the permission in the console; authorising again does not help.';
  if (rule.reason === 'configuration') return ' Check the app in the console: key, state and IP list.';
  return '';
}
