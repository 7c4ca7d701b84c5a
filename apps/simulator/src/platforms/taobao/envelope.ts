import { BigNumberText } from '../../kit/lossless-json';

/** A list in the wrapper object of its singular name (Taobao sheet §4.1). */
export class WrappedList {
  constructor(
    readonly name: string,
    readonly rows: readonly unknown[],
  ) {}
}

/** Any id that the platform writes as a JSON number. */
export const id = (digits: string): BigNumberText => new BigNumberText(digits);

/** A list; an empty one is absent. */
export const list = (name: string, rows: readonly unknown[]): WrappedList | undefined =>
  rows.length === 0 ? undefined : new WrappedList(name, rows);

/** Writes the answer as JSON text: bare 19-digit numbers, wrappers, nothing for absent values. */
export function encode(value: unknown, isSimplified: boolean): string {
  if (value instanceof BigNumberText) return value.digits;
  if (value instanceof WrappedList) {
    const rows = encode(value.rows, isSimplified);
    return isSimplified ? rows : `{${JSON.stringify(value.name)}:${rows}}`;
  }
  if (Array.isArray(value)) return `[${value.map((one) => encode(one, isSimplified)).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const parts: string[] = [];
    for (const [key, field] of Object.entries(value)) {
      if (field !== undefined && field !== null) parts.push(`${JSON.stringify(key)}:${encode(field, isSimplified)}`);
    }
    return `{${parts.join(',')}}`;
  }
  return JSON.stringify(value) ?? 'null';
}

/** A refusal in the platform's words (Taobao sheet §4.2). */
export class TopError extends Error {
  constructor(
    readonly code: number,
    readonly msg: string,
    readonly subCode?: string,
    readonly subMsg?: string,
  ) {
    super(`${code} ${msg} ${subCode ?? ''} ${subMsg ?? ''}`);
  }
}

const MESSAGES: Readonly<Record<number, string>> = {
  7: 'App Call Limited',
  10: 'Service Currently Unavailable',
  11: 'Insufficient ISV Permissions',
  12: 'Insufficient User Permissions',
  15: 'Remote service error',
  21: 'Missing Method',
  22: 'Invalid Method',
  23: 'Invalid Format',
  24: 'Missing Signature',
  25: 'Invalid Signature',
  26: 'Missing Session',
  27: 'Invalid Session',
  28: 'Missing App Key',
  29: 'Invalid App Key',
  30: 'Missing Timestamp',
  31: 'Invalid Timestamp',
  32: 'Missing Version',
  33: 'Invalid Version',
  34: 'Unsupported Version',
  40: 'Missing Required Arguments',
  41: 'Invalid Arguments',
};

/** A main code with its own message (Taobao sheet §4.3). */
export const refuse = (code: number, subCode?: string, subMsg?: string): TopError =>
  new TopError(code, MESSAGES[code] ?? 'Error', subCode, subMsg);

/** A business refusal: code 15 with the reason in the sub code. */
export const business = (subCode: string, subMsg: string): TopError => refuse(15, subCode, subMsg);

/** A required parameter is absent. */
export const missing = (name: string): TopError => refuse(40, `isv.missing-parameter:${name}`, `缺少必选参数 ${name}`);

/** A parameter holds something that is not allowed. */
export const invalid = (name: string, why: string): TopError => refuse(41, `isv.invalid-parameter:${name}`, why);

/** The root key of a method's answer (Taobao sheet §4.1). */
export function rootKey(method: string): string {
  return `${method.replace(/^taobao\./, '').replaceAll('.', '_')}_response`;
}

/** The text of an error answer. */
export function encodeError(error: TopError, requestId: string): string {
  const body = {
    code: error.code,
    msg: error.msg,
    sub_code: error.subCode,
    sub_msg: error.subMsg,
    request_id: requestId,
  };
  return encode({ error_response: body }, false);
}

/** Fen as the platform's yuan text. */
export function yuan(fen: number): string {
  const sign = fen < 0 ? '-' : '';
  const abs = Math.abs(fen);
  return `${sign}${Math.floor(abs / 100)}.${String(abs % 100).padStart(2, '0')}`;
}
