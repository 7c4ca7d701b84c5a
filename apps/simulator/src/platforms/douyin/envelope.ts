import { BigNumberText, printJson } from '../../kit/lossless-json';

/** An id that the platform writes as a JSON number (Douyin sheet §13 #1). */
export const id = (digits: string): BigNumberText => new BigNumberText(digits);

/** Texts of the main codes (Douyin sheet §4.2). */
const MESSAGES: Readonly<Record<number, string>> = {
  10000: 'success',
  20000: '系统繁忙，请稍后再试',
  20001: '系统内部超时',
  30001: '没有权限',
  30002: '调用方IP不在白名单内',
  40001: '缺少公共参数',
  40002: '缺少必填参数',
  40003: '非法的公共参数',
  40004: '非法的参数',
  50001: '平台处理失败',
  50002: '业务处理失败',
  60000: '请求被限流',
  70000: '接口已下线',
  90000: '其他错误',
};

/** A refusal in the platform's words (Douyin sheet §4.1). `data` goes along where a part of the work was done. */
export class DouyinError extends Error {
  constructor(
    readonly code: number,
    readonly subCode: string,
    readonly subMsg: string,
    readonly data?: unknown,
  ) {
    super(`${code} ${subCode} ${subMsg}`);
  }
}

/** The number of a refusal for which the sheet gives none. */
export const NO_NUMBER = 1;

/** A business parameter is missing: 40002. */
export const missing = (name: string, number = NO_NUMBER): DouyinError =>
  new DouyinError(40002, `isv.missing-parameter:${number}`, `缺少必填参数 ${name}`);

/** A business parameter is wrong: 40004. */
export const invalid = (number: number, text: string): DouyinError =>
  new DouyinError(40004, `isv.parameter-invalid:${number}`, text);

/** The business says no: 50002. */
export const business = (number: number, text: string, data?: unknown): DouyinError =>
  new DouyinError(50002, `isv.business-failed:${number}`, text, data);

/** Who reads the answer. */
export interface Reader {
  logId: string;
  /** The header `x-open-no-old-err-code: 1` was sent: the older pair `err_no`, `message` is left out. */
  isNewStyle: boolean;
}

const older = (reader: Reader, errNo: number, message: string): Record<string, unknown> =>
  reader.isNewStyle ? {} : { err_no: errNo, message };

/** The answer of a call that went well. */
export function encodeSuccess(data: unknown, reader: Reader): string {
  return printJson({
    code: 10000,
    msg: 'success',
    sub_code: '',
    sub_msg: '',
    ...older(reader, 0, 'success'),
    log_id: reader.logId,
    data,
  });
}

/** The answer of a call that was refused; `data` is absent unless a part was done. */
export function encodeError(error: DouyinError, reader: Reader): string {
  return printJson({
    code: error.code,
    msg: MESSAGES[error.code] ?? '其他错误',
    sub_code: error.subCode,
    sub_msg: error.subMsg,
    ...older(reader, error.code, error.subMsg),
    log_id: reader.logId,
    data: error.data,
  });
}
