/** A refusal in the platform's words (Pinduoduo sheet §4.2). */
export class PopError extends Error {
  constructor(
    readonly code: number,
    readonly text: string,
    readonly subText: string = text,
  ) {
    super(`${code} ${text} ${subText}`);
  }
}

/** Texts of the common codes (Pinduoduo sheet §4.3); the platform's own wording is known for 10019 alone. */
const TEXTS: Readonly<Record<number, string>> = {
  10000: '参数错误',
  10001: '公共参数错误',
  10016: 'client_id错误或应用已下线',
  10017: 'type不存在',
  10019: 'access_token已过期',
  20004: '签名校验失败',
  20031: '用户没有授权访问此接口',
  20032: 'access_token或client_id错误',
  21001: '业务参数错误',
  21002: '业务参数不能为空',
  50000: '系统内部错误',
  50001: '业务服务错误',
  52101: '当前接口被限流，请稍后重试',
  70031: '调用过于频繁，请调整调用频率',
};

/** A common code; the reason stands behind a colon. */
export function refuse(code: number, why?: string): PopError {
  const text = TEXTS[code] ?? '错误';
  return new PopError(code, why === undefined ? text : `${text}:${why}`);
}

/** A refusal of the business: 50001 with the reason in the sub text (Pinduoduo sheet §4.3). */
export const business = (why: string): PopError => new PopError(50_001, TEXTS[50_001]!, why);

/** The order is not there, or another shop's, or too old (Pinduoduo sheet §4.3). */
export const noOrder = (): PopError => business('订单不属于当前店铺或订单不存在');

/** The body of an error answer. */
export function errorBody(error: PopError, requestId: string): Record<string, unknown> {
  return {
    error_response: {
      error_code: error.code,
      error_msg: error.text,
      sub_code: String(error.code),
      sub_msg: error.subText,
      request_id: requestId,
    },
  };
}
