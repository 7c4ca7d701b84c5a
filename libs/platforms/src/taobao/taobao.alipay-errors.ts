import { PlatformError, PlatformErrorKind, PlatformErrorReason } from '../port';

/** A refusal as the answer states it. */
export interface AlipayFault {
  code?: string;
  msg?: string;
  subCode?: string;
  subMsg?: string;
}

interface Rule {
  kind: PlatformErrorKind;
  reason?: PlatformErrorReason;
}

/**
 * Codes of the open platform's gateway. The Taobao sheet names the method alone (§12.2), so these follow the public
 * gateway documentation and everything that is not listed is tried again rather than given up.
 */
const BY_CODE: Readonly<Record<string, Rule>> = {
  '20000': { kind: 'transient' },
  '20001': { kind: 'rejected', reason: 'configuration' },
  '40001': { kind: 'rejected', reason: 'bad-request' },
  '40002': { kind: 'rejected', reason: 'bad-request' },
  '40005': { kind: 'rate-limited' },
  '40006': { kind: 'rejected', reason: 'permission' },
};

/** Sub codes worth a branch, first match wins. */
const BY_SUB_CODE: readonly (readonly [RegExp, Rule])[] = [
  [/call-limited|too-many|flow-limit/i, { kind: 'rate-limited' }],
  [
    /invalid-(signature|app-id|app-auth-token|auth-token|signature-type|encrypt)|missing-signature|signature|public-key/i,
    { kind: 'rejected', reason: 'configuration' },
  ],
  [/permission|insufficient|not-signed|unauthorized/i, { kind: 'rejected', reason: 'permission' }],
  [/invalid-timestamp|timestamp/i, { kind: 'transient', reason: 'clock' }],
  [/^(isp|aop)\.|unknow/i, { kind: 'transient' }],
];

const RETRY_MS = 2_000;
const LIMITED_MS = 10_000;

function ruleOf(fault: AlipayFault, notReadyCodes: readonly string[]): Rule {
  const subCode = fault.subCode ?? '';
  const bare = subCode.toLowerCase().replaceAll('-', '_');
  if (notReadyCodes.some((code) => code !== '' && bare.endsWith(code))) return { kind: 'not-found' };
  return (
    BY_SUB_CODE.find(([pattern]) => pattern.test(subCode))?.[1] ??
    BY_CODE[fault.code ?? ''] ??
    (fault.code === '40004' ? { kind: 'rejected', reason: 'bad-request' } : { kind: 'transient' })
  );
}

/** The error that a caller sees. `notReadyCodes` are sub codes in lower case with underscores. */
export function toAlipayError(
  fault: AlipayFault,
  call: { method: string; day: string; notReadyCodes: readonly string[] },
): PlatformError {
  const rule = ruleOf(fault, call.notReadyCodes);
  const said = [fault.code, fault.msg, fault.subCode, fault.subMsg].filter((part) => part !== undefined && part !== '');
  return new PlatformError(
    rule.kind,
    `Alipay refused the bill of ${call.day}: ${said.join(' / ') || 'no reason given'}.${adviceFor(rule)}`,
    {
      platform: 'taobao',
      method: call.method,
      ...(rule.reason && { reason: rule.reason }),
      ...(rule.kind === 'rate-limited' && { retryAfterMs: LIMITED_MS, banScope: 'method' as const }),
      ...(rule.kind === 'transient' && { retryAfterMs: RETRY_MS }),
      ...(fault.code !== undefined && { platformCode: fault.code }),
      ...(fault.subCode !== undefined && { platformSubCode: fault.subCode }),
    },
  );
}

function adviceFor(rule: Rule): string {
  if (rule.kind === 'not-found') return ' It is not ready yet, or nothing moved on that day.';
  if (rule.reason === 'configuration') return ' Check app id and keys of the bill account.';
  if (rule.reason === 'permission') return ' The app lacks the right to download bills; apply for it at Alipay.';
  return '';
}
