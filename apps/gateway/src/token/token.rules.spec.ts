import { AppError } from '@app/shared';
import { grantedScopes, readTokenRequest } from './token.rules';

function errorOf(run: () => unknown): AppError {
  try {
    run();
  } catch (error) {
    if (error instanceof AppError) return error;
  }
  throw new Error('expected an AppError');
}

describe('reading a token request', () => {
  const form = { grant_type: 'client_credentials', client_id: 'demo', client_secret: 's' };

  it('[A1] takes id and secret from the form', () => {
    expect(readTokenRequest(form, undefined)).toEqual({ clientId: 'demo', clientSecret: 's', scopes: undefined });
  });

  it('[A1] takes id and secret from HTTP Basic, form-decoded, before the form', () => {
    const header = `Basic ${Buffer.from('a%3Ab:s+e%25').toString('base64')}`;
    expect(readTokenRequest(form, header)).toEqual({ clientId: 'a:b', clientSecret: 's e%', scopes: undefined });
  });

  it.each([
    'Basic !!!',
    `Basic ${Buffer.from('no-colon').toString('base64')}`,
    `Basic ${Buffer.from('%zz:x').toString('base64')}`,
  ])('[A1] refuses the malformed header %s as an invalid client', (header) => {
    expect(errorOf(() => readTokenRequest(form, header))).toMatchObject({
      code: 'AUTH.INVALID_CLIENT',
      details: { error: 'invalid_client' },
    });
  });

  it('[A1] refuses a request without a client as an invalid client', () => {
    expect(errorOf(() => readTokenRequest({ grant_type: 'client_credentials' }, undefined)).code).toBe(
      'AUTH.INVALID_CLIENT',
    );
  });

  it.each([
    [{ ...form, grant_type: 'password' }, 'unsupported_grant_type', 'grant_type'],
    [{ ...form, grant_type: undefined }, 'invalid_request', 'grant_type'],
    [undefined, 'invalid_request', 'grant_type'],
    [{ ...form, client_id: ['a', 'b'] }, 'invalid_request', 'client_id'],
    [{ ...form, client_secret: 'x'.repeat(2_001) }, 'invalid_request', 'client_secret'],
  ])('[A1] refuses the form %j as %s, naming the field', (wrong, error, field) => {
    expect(errorOf(() => readTokenRequest(wrong, undefined))).toMatchObject({
      code: 'VALIDATION',
      details: { error, errors: [{ field }] },
    });
  });

  it('[A1] reads the asked scopes once each', () => {
    expect(readTokenRequest({ ...form, scope: ' orders:read  sync:read orders:read ' }, undefined).scopes).toEqual([
      'orders:read',
      'sync:read',
    ]);
  });
});

describe('granting scopes', () => {
  it('[A1] grants every scope of the client when none is asked, and only the asked ones otherwise', () => {
    expect(grantedScopes(undefined, ['a', 'b'])).toEqual(['a', 'b']);
    expect(grantedScopes(['b'], ['a', 'b'])).toEqual(['b']);
  });

  it('[A1] refuses the whole request when one asked scope is not the client’s', () => {
    const asked = () => grantedScopes(['a', 'c'], ['a', 'b']);
    expect(asked).toThrow('scope: the client does not have c');
    expect(errorOf(asked)).toMatchObject({
      code: 'VALIDATION',
      details: { error: 'invalid_scope', errors: [{ field: 'scope' }] },
    });
  });
});
