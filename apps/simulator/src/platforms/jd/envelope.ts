import { BigNumberText, printJson } from '../../kit/lossless-json';

/** Words of the gateway's codes, Chinese and English (JD sheet §4). */
const WORDS: Readonly<Record<string, readonly [string, string]>> = {
  '2': ['应用调用次数超过限制', 'App Call Limited'],
  '4': ['缺少版本参数', 'Missing version'],
  '5': ['不支持的版本号', 'Unsupported version'],
  '7': ['缺少时间戳参数', 'Missing timestamp'],
  '8': ['非法的时间戳参数', 'Invalid timestamp'],
  '11': ['缺少签名参数', 'Missing sign'],
  '12': ['无效签名', 'Invalid signature'],
  '14': ['缺少方法名参数', 'Missing method'],
  '15': ['不存在的方法名', 'Invalid method'],
  '17': ['流水号已使用', 'Trade number already used'],
  '18': ['缺少access_token参数', 'Missing access_token'],
  '19': ['无效access_token', 'Invalid access_token'],
  '20': ['缺少app_key参数', 'Missing app_key'],
  '21': ['无效app_key', 'Invalid app_key'],
  '24': ['没有调用此接口的权限', 'No permission to call this api'],
  '32': ['调用过于频繁，请稍后再试', 'Called too frequently'],
  '43': ['系统处理错误', 'Internal error'],
  '50': ['无效调用', 'Invalid call'],
  '60': ['参数非法', 'Illegal parameter'],
  '61': ['参数值非法', 'Illegal parameter value'],
  '62': ['JSON转换错误', 'JSON conversion error'],
  '63': ['无效的JSON', 'Invalid JSON'],
  '66': ['后端服务不可用，请稍后再试', 'Back-end service unavailable'],
  '68': ['optional_fields校验失败', 'optional_fields validation failed'],
  '70': ['该订单正在出库中', 'The order is being shipped out'],
  '71': ['该编号不属于此商家', 'The id does not belong to this vender'],
  '73': ['增值敏感接口，请将应用迁入云鼎后调用', 'Sensitive api, move the app into the cloud'],
  '79': ['商家未授权该应用调用', 'The vender does not allow this app'],
  '83': ['缺少密文', 'Missing cipher text'],
  '88': ['未申请该接口权限', 'The api was not applied for'],
};

/** A refusal of the gateway; it replaces the whole answer (JD sheet §4, layer 1). */
export class JosError extends Error {
  constructor(
    readonly code: string,
    readonly zh: string,
    readonly en: string,
  ) {
    super(`${code} ${zh}`);
  }
}

/** A refusal of the gateway by its code; `detail` is put behind the Chinese words. */
export function refuse(code: string, detail?: string): JosError {
  const [zh, en] = WORDS[code] ?? ['未知错误', 'Unknown error'];
  return new JosError(code, detail === undefined ? zh : `${zh}：${detail}`, en);
}

/** A required parameter is absent or empty. */
export const missing = (name: string): JosError => refuse('60', `${name} 不能为空`);

/** A parameter holds what is not allowed. */
export const invalid = (name: string, why: string): JosError => refuse('61', `${name} ${why}`);

/** A method-level failure: the wrapper's code is not 0 (JD sheet §4, layer 2). */
export class MethodRefused extends Error {
  constructor(
    readonly code: string,
    readonly description: string,
  ) {
    super(`${code} ${description}`);
  }
}

/** An id that the platform writes as a JSON number. */
export const num = (digits: string): BigNumberText => new BigNumberText(digits);

/** Methods whose wrapper is spelled as English has it (JD sheet §9.3). */
const SPELLED_RIGHT: readonly string[] = ['jingdong.ldop.alpha.waybill.receive'];

/** The root key of a method's answer. */
export function rootKey(method: string): string {
  const ending = SPELLED_RIGHT.includes(method) ? 'response' : 'responce';
  return `${method.replaceAll('.', '_')}_${ending}`;
}

/** The text of an answer. */
export const encode = (value: unknown): string => printJson(value);

/** The text of a gateway refusal. */
export const encodeError = (error: JosError): string =>
  printJson({ error_response: { code: error.code, zh_desc: error.zh, en_desc: error.en } });

/** Fen as yuan text with two decimals. */
export function yuan(fen: number): string {
  const sign = fen < 0 ? '-' : '';
  const abs = Math.abs(fen);
  return `${sign}${Math.floor(abs / 100)}.${String(abs % 100).padStart(2, '0')}`;
}

/** Fen as a bare JSON number of yuan, such as 89.10. */
export const yuanNumber = (fen: number): BigNumberText => new BigNumberText(yuan(fen));
