import { AppError, type FieldError } from '@app/shared';

/** What a token request names. */
export interface TokenRequest {
  clientId: string;
  clientSecret: string;
  /** undefined = every scope of the client. */
  scopes: string[] | undefined;
}

const MAX_TEXT = 2_000;

/** The one answer to an unknown client, a wrong secret and a disabled client alike. */
export function invalidClient(): AppError {
  return new AppError('AUTH.INVALID_CLIENT', 'The client id or its secret is wrong, or the client is disabled.', {
    error: 'invalid_client',
  });
}

function wrong(error: string, fields: FieldError[]): AppError {
  return new AppError('VALIDATION', fields.map(({ field, message }) => `${field}: ${message}`).join('; '), {
    error,
    errors: fields,
  });
}

function decodeFormText(text: string): string {
  return decodeURIComponent(text.replaceAll('+', ' '));
}

/** Client id and secret of an HTTP Basic header (RFC 6749 §2.3.1: both form-encoded); throws AUTH.INVALID_CLIENT when it is malformed. */
function basicCredentials(header: string): { clientId: string; clientSecret: string } {
  const text = Buffer.from(header.slice('basic '.length).trim(), 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon < 0) throw invalidClient();
  try {
    return { clientId: decodeFormText(text.slice(0, colon)), clientSecret: decodeFormText(text.slice(colon + 1)) };
  } catch (error) {
    throw error instanceof URIError ? invalidClient() : error;
  }
}

/**
 * Reads a token request from its form and its authorization header.
 * Throws VALIDATION for a wrong form, AUTH.INVALID_CLIENT when no client is named.
 */
export function readTokenRequest(form: unknown, authorization: string | undefined): TokenRequest {
  const members = (form ?? {}) as Record<string, unknown>;
  const fields = ['grant_type', 'client_id', 'client_secret', 'scope']
    .filter(
      (field) =>
        members[field] !== undefined && (typeof members[field] !== 'string' || members[field].length > MAX_TEXT),
    )
    .map((field) => ({ field, code: 'INVALID', message: `one text of at most ${MAX_TEXT} characters` }));
  if (fields.length > 0) throw wrong('invalid_request', fields);
  const {
    grant_type: grantType,
    client_id: formId,
    client_secret: formSecret,
    scope,
  } = members as Record<string, string | undefined>;
  if (grantType !== 'client_credentials') {
    throw wrong(grantType ? 'unsupported_grant_type' : 'invalid_request', [
      {
        field: 'grant_type',
        code: 'INVALID',
        message: 'must be client_credentials, in a form (application/x-www-form-urlencoded)',
      },
    ]);
  }
  const basic = authorization && /^basic /i.test(authorization) ? basicCredentials(authorization) : undefined;
  const clientId = basic?.clientId ?? formId;
  const clientSecret = basic?.clientSecret ?? formSecret;
  if (!clientId || !clientSecret) throw invalidClient();
  return { clientId, clientSecret, scopes: scope?.trim() ? [...new Set(scope.trim().split(/\s+/))] : undefined };
}

/** The scopes of a token: those asked for, all of which the client must have; throws VALIDATION naming the others. */
export function grantedScopes(asked: readonly string[] | undefined, allowed: readonly string[]): readonly string[] {
  if (!asked) return allowed;
  const refused = asked.filter((scope) => !allowed.includes(scope));
  if (refused.length > 0)
    throw wrong('invalid_scope', [
      { field: 'scope', code: 'INVALID', message: `the client does not have ${refused.join(' ')}` },
    ]);
  return asked;
}
