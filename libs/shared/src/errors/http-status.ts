/** Statuses by full code first, then by the reason after the dot. */
const BY_CODE: Record<string, number> = {
  VALIDATION: 400,
  'AUTH.INVALID_CLIENT': 401,
  'AUTH.MISSING_TOKEN': 401,
  'AUTH.INVALID_TOKEN': 401,
  'AUTH.SCOPE': 403,
  'AUTH.COMPANY': 403,
  RATE_LIMITED: 429,
  BODY_TOO_LARGE: 413,
  NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  UNSUPPORTED_MEDIA_TYPE: 415,
  INTERNAL: 500,
  'PLATFORM.NO_WEBHOOK': 404,
  'WEBHOOK.BAD_SIGNATURE': 401,
  'AUTH.KEYS_UNAVAILABLE': 503,
  'SECRETS.CANNOT_OPEN': 500,
};

const BY_REASON: Record<string, number> = {
  NOT_FOUND: 404,
  UNKNOWN: 404,
  INVALID: 400,
  NOT_FEN: 400,
  NOT_YUAN: 400,
  UNAVAILABLE: 503,
  UNREACHABLE: 503,
  TIMEOUT: 503,
};

/** Codes NOUN.REASON that are none of the above are conflicts with the present state. */
const DEFAULT_STATUS = 409;

/** The one table from error code to HTTP status. */
export function httpStatusOf(code: string): number {
  const reason = code.slice(code.indexOf('.') + 1);
  return BY_CODE[code] ?? BY_REASON[reason] ?? DEFAULT_STATUS;
}
