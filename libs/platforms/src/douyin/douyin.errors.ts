import { PlatformError } from '../port';
import { ruleByNumber } from './douyin.business-errors';
import {
  BAD_REQUEST,
  CONFIGURATION,
  DONE,
  LIMITED,
  MAY_BE_DONE,
  PERMISSION,
  REAUTHORISE,
  RETRY,
  Rule,
  STATE,
  UNSUPPORTED,
} from './douyin.error-rules';

/** An error as the answer states it, or a failure inside of a success turned into one (Douyin sheet §4.1). */
export interface DouyinFault {
  code?: string;
  msg?: string;
  subCode?: string;
  subMsg?: string;
  logId?: string;
}

/** Sub codes that mean the same whatever the method; first match wins (Douyin sheet §3.4, §4.2). */
const BY_SUB_CODE: readonly (readonly [RegExp, Rule])[] = [
  [/^isv\.access-token-(expired|no-existed)/, REAUTHORISE],
  [/^isv\.access-token-invalid/, CONFIGURATION],
  [/^dop\.authorization-(no-existed|closed)/, REAUTHORISE],
  [/^dop\.token-generate-failed:token-(expired|invalid)/, REAUTHORISE],
  [/^dop\.token-generate-failed:(code-|no-authorization)/, STATE],
  [/^dop\.token-generate-failed:/, CONFIGURATION],
  [/^isv\.business-failed:31009$/, REAUTHORISE],
  [/^isv\.business-failed:31012$/, MAY_BE_DONE],
  [/^isv\.timestamp-invalid/, { kind: 'transient', reason: 'clock' }],
  [/^isv\.(signature-invalid|app-id-)/, CONFIGURATION],
  [/^isv\.invalid_ip/, CONFIGURATION],
  [/^isv\.idempotent-id-existed/, DONE],
  [/^isv\.traffic-limited/, LIMITED],
  [/^(isv\.app-permissions-insufficient|dop\.no-permissions|dop\.app-forbidden)/, PERMISSION],
  [/^isp\.api-service-off/, UNSUPPORTED],
  [/^isv\.env-suspected/, RETRY],
];

/** Main codes (Douyin sheet §4.2). A write that met 20000 or 20001 is read back before it is repeated. */
const BY_CODE: Readonly<Record<string, Rule>> = {
  '10001': MAY_BE_DONE,
  '20000': MAY_BE_DONE,
  '20001': MAY_BE_DONE,
  '30001': PERMISSION,
  '30002': CONFIGURATION,
  '40001': BAD_REQUEST,
  '40002': BAD_REQUEST,
  '40003': BAD_REQUEST,
  '40004': BAD_REQUEST,
  '50001': BAD_REQUEST,
  '50002': BAD_REQUEST,
  '60000': LIMITED,
  '70000': UNSUPPORTED,
  '80000': PERMISSION,
  '90000': RETRY,
};

/** Sub code without the blank that some tables print behind its colon (Douyin sheet §3.4). */
export function tidySubCode(subCode: string | undefined): string {
  return (subCode ?? '').replace(/\s+/g, '');
}

/** The stable number behind the colon of a business sub code; undefined for any other (Douyin sheet §4.1). */
export function numberOf(subCode: string | undefined): string | undefined {
  return /:(-?\d+)$/.exec(tidySubCode(subCode))?.[1];
}

function ruleOf(fault: DouyinFault, method: string): Rule {
  const subCode = tidySubCode(fault.subCode);
  const number = numberOf(subCode);
  const isOurs = subCode.startsWith('isv.');
  return (
    BY_SUB_CODE.find(([pattern]) => pattern.test(subCode))?.[1] ??
    (number === undefined ? undefined : ruleByNumber(method, number, fault.subMsg ?? '')) ??
    (subCode.startsWith('isp.') ? MAY_BE_DONE : undefined) ??
    BY_CODE[fault.code ?? ''] ??
    (isOurs ? BAD_REQUEST : MAY_BE_DONE)
  );
}

/** The error that a caller sees for a fault; `isWrite` says whether something could have been changed. */
export function toPlatformError(fault: DouyinFault, call: { method: string; isWrite: boolean }): PlatformError {
  const rule = ruleOf(fault, call.method);
  const said = [fault.code, fault.msg, fault.subCode, fault.subMsg]
    .filter((part) => part !== undefined && part !== '')
    .join(' / ');
  return new PlatformError(
    rule.kind,
    `Douyin refused ${call.method}: ${said || 'no reason given'}.${adviceFor(rule, fault)}`,
    {
      platform: 'douyin',
      method: call.method,
      reason: rule.reason,
      banScope: rule.banScope,
      retryAfterMs: rule.retryAfterMs ?? (rule.kind === 'transient' ? 2_000 : undefined),
      outcomeUnknown: call.isWrite && rule.mayBeDone === true,
      platformCode: fault.code,
      platformSubCode: tidySubCode(fault.subCode) || undefined,
      requestId: fault.logId,
    },
  );
}

function adviceFor(rule: Rule, fault: DouyinFault): string {
  if (rule.kind === 'reauthorise') return ' Ask the shop owner to authorise the shop again.';
  if (rule.reason === 'clock') return ' Check the clock of this machine.';
  if (rule.reason === 'permission')
    return ' The app lacks the permission; apply for it in the console, authorising again does not help.';
  if (rule.reason !== 'configuration') return '';
  if (fault.code === '30002') return " Put this machine's address on the app's white list.";
  return ' Check app key, secret and the settings of the shop in its console.';
}
