import { ESCAPES_SLASHES, INVALID_ARGUMENTS, MISSING_ARGUMENTS, SUCCESS } from './open-points';

/** A refusal in the common envelope. */
export class AlipayError extends Error {
  constructor(
    readonly code: string,
    readonly msg: string,
    readonly subCode: string,
    readonly subMsg: string,
  ) {
    super(`${code} ${msg} ${subCode} ${subMsg}`);
  }
}

/** A required parameter is absent; the sub code names which. */
export const lacking = (subCode: string, subMsg: string): AlipayError =>
  new AlipayError(MISSING_ARGUMENTS.code, MISSING_ARGUMENTS.msg, subCode, subMsg);

/** A parameter holds something that is not allowed. */
export const wrong = (subCode: string, subMsg: string): AlipayError =>
  new AlipayError(INVALID_ARGUMENTS.code, INVALID_ARGUMENTS.msg, subCode, subMsg);

const write = (node: Record<string, string>): string => {
  const text = JSON.stringify(node);
  return ESCAPES_SLASHES ? text.replaceAll('/', '\\/') : text;
};

/** The text of a success's node. */
export const successNode = (content: Record<string, string>): string => write({ ...SUCCESS, ...content });

/** The text of a refusal's node. */
export const errorNode = (error: AlipayError): string =>
  write({ code: error.code, msg: error.msg, sub_code: error.subCode, sub_msg: error.subMsg });

/** The root of an answer: the method with underscores and `_response`. */
export const rootOf = (method: string): string => `${method.replaceAll('.', '_')}_response`;

/** The whole answer; the signature was made over exactly the node's text. */
export const answerText = (root: string, node: string, sign: string | undefined): string =>
  `{"${root}":${node}${sign === undefined ? '' : `,"sign":"${sign}"`}}`;
