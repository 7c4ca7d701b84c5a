import { BanScope, PlatformError, PlatformErrorKind, PlatformErrorReason } from '../port';
import { PinduoduoConfig, entriesOf } from './pinduoduo.config';

/** An error as the answer states it: `error_response`, or an inner flag turned into one (Pinduoduo sheet §4.1, §4.2). */
export interface PinduoduoFault {
  code?: string;
  msg?: string;
  subCode?: string;
  subMsg?: string;
  requestId?: string;
}

/** Texts of domain errors; the sheet gives no codes for them, so an installation may change them. */
export type FaultTexts = Pick<
  PinduoduoConfig,
  'notFoundTexts' | 'alreadyDoneTexts' | 'lockedStockTexts' | 'refundBlocksTexts'
>;

interface Rule {
  kind: PlatformErrorKind;
  reason?: PlatformErrorReason;
  banScope?: BanScope;
  /** Milliseconds to wait before the next try. */
  waitMs?: number;
  /** The write may have been carried out although this error came. */
  mayBeDone?: boolean;
}

const MAY_BE_DONE: Rule = { kind: 'transient', waitMs: 2_000, mayBeDone: true };
const later = (waitMs: number): Rule => ({ kind: 'transient', waitMs });
const BAD_REQUEST: Rule = { kind: 'rejected', reason: 'bad-request' };
const STATE: Rule = { kind: 'rejected', reason: 'state' };
const PERMISSION: Rule = { kind: 'rejected', reason: 'permission' };
const CONFIGURATION: Rule = { kind: 'rejected', reason: 'configuration' };
const UNSUPPORTED: Rule = { kind: 'rejected', reason: 'unsupported' };
const LOCKED: Rule = { kind: 'rejected', reason: 'locked' };
const CLOCK: Rule = { kind: 'transient', reason: 'clock', waitMs: 2_000 };
const MISSING: Rule = { kind: 'not-found' };
const DONE: Rule = { kind: 'already-done' };
const REAUTHORISE: Rule = { kind: 'reauthorise' };
const limited = (banScope: BanScope, waitMs: number): Rule => ({ kind: 'rate-limited', banScope, waitMs });

/** Domain errors: all land on this code, their reason is text (Pinduoduo sheet §4.3). */
export const DOMAIN_CODE = '50001';

/** Common codes (Pinduoduo sheet §4.3). */
const BY_CODE: Readonly<Record<string, Rule>> = {
  '10000': BAD_REQUEST,
  '10001': BAD_REQUEST,
  '10016': CONFIGURATION,
  '10017': BAD_REQUEST,
  '10018': CONFIGURATION,
  '10019': REAUTHORISE,
  '20004': CONFIGURATION,
  '20005': CONFIGURATION,
  '20031': PERMISSION,
  '20032': REAUTHORISE,
  '20034': UNSUPPORTED,
  '20035': CONFIGURATION,
  '21001': BAD_REQUEST,
  '21002': BAD_REQUEST,
  '30000': PERMISSION,
  '30001': PERMISSION,
  '50000': MAY_BE_DONE,
  [DOMAIN_CODE]: BAD_REQUEST,
  '50002': MAY_BE_DONE,
  '52001': MAY_BE_DONE,
  '52002': MAY_BE_DONE,
  '52004': BAD_REQUEST,
  '52101': limited('method', 1_000),
  '52102': later(5_000),
  '52103': later(5_000),
  '70031': limited('shop', 1_000),
  '70032': PERMISSION,
  '70033': later(60_000),
  '70034': PERMISSION,
  '70035': PERMISSION,
  // A quota of the day: asked for again every hour until the day has turned.
  '70036': limited('app', 3_600_000),
};

/** Codes whose reason stands in the text: the domain code, parameter errors, and inner failures without a known code. */
const JUDGED_BY_TEXT = new Set([DOMAIN_CODE, '10000', '21001']);

function ruleOf(fault: PinduoduoFault, texts: FaultTexts): Rule {
  const code = fault.code ?? '';
  const said = `${fault.subMsg ?? ''} ${fault.msg ?? ''}`.toLowerCase();
  // A wrong clock has no code of its own: `10001` with the parameter's name (Pinduoduo sheet §1.1, §4.3).
  if (code === '10001' && said.includes('timestamp')) return CLOCK;
  const byCode = Object.hasOwn(BY_CODE, code) ? BY_CODE[code] : undefined;
  if (byCode && !JUDGED_BY_TEXT.has(code)) return byCode;
  const isAbout = (list: string): boolean => entriesOf(list).some((text) => said.includes(text.toLowerCase()));
  if (isAbout(texts.notFoundTexts)) return MISSING;
  if (isAbout(texts.alreadyDoneTexts)) return DONE;
  if (isAbout(texts.lockedStockTexts)) return LOCKED;
  if (isAbout(texts.refundBlocksTexts)) return STATE;
  // A code that the table does not know, or an inner flag without one, is no reason to repeat a write.
  return byCode ?? BAD_REQUEST;
}

/** The error that a caller sees for a fault; `isWrite` says whether something could have been changed. */
export function toPlatformError(
  fault: PinduoduoFault,
  call: { method: string; isWrite: boolean },
  texts: FaultTexts,
): PlatformError {
  const rule = ruleOf(fault, texts);
  const said = [fault.code, fault.msg, fault.subCode, fault.subMsg].filter(
    (part, index, all) => part !== undefined && part !== '' && all.indexOf(part) === index,
  );
  return new PlatformError(
    rule.kind,
    `Pinduoduo refused ${call.method}: ${said.join(' / ') || 'no reason given'}.${adviceFor(rule, fault.code)}`,
    {
      platform: 'pinduoduo',
      method: call.method,
      reason: rule.reason,
      banScope: rule.banScope,
      retryAfterMs: rule.waitMs,
      outcomeUnknown: call.isWrite && rule.mayBeDone === true,
      platformCode: fault.code,
      platformSubCode: fault.subCode,
      requestId: fault.requestId,
    },
  );
}

/** What to do about a configuration error, by its code (Pinduoduo sheet §3.1, §4.3). */
const CONFIGURATION_ADVICE: Readonly<Record<string, string>> = {
  '10016': ' Check the client_id; the app may be offline.',
  '20004': ' Check the secret of the app.',
  '20005': " Put this machine's address on the app's allow-list in the console.",
  '20035': ' This gateway does not serve the method; check PINDUODUO_GATEWAY_URL.',
};

function adviceFor(rule: Rule, code = ''): string {
  if (rule.kind === 'reauthorise')
    return " Ask the owner of the shop's main account to authorise again; another installation that authorised the shop later ends this token.";
  if (rule.reason === 'permission')
    return ' The app or the authorisation lacks this method; repeating does not help, look at the permission packages in the console.';
  if (rule.reason === 'configuration') return CONFIGURATION_ADVICE[code] ?? ' Check client_id and secret of the app.';
  if (rule.reason === 'clock') return ' Check the clock of this machine: more than 10 minutes off is refused.';
  return '';
}
