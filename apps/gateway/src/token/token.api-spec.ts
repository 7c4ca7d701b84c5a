import { inTransaction } from '@app/shared';
import * as argon2 from 'argon2';
import { createLocalJWKSet, createRemoteJWKSet, decodeProtectedHeader, jwtVerify, type JSONWebKeySet } from 'jose';
import { runClientCommand } from '../client/client.command';
import { SERVICE_SECRET, startGatewayFixture, type GatewayFixture } from '../testing/gateway.fixture';

const verifies: string[] = [];
jest.mock('argon2', () => {
  const real = jest.requireActual<typeof import('argon2')>('argon2');
  return { ...real, verify: (hash: string, secret: string) => (verifies.push(hash), real.verify(hash, secret)) };
});

describe('tokens', () => {
  let gateway: GatewayFixture;

  beforeAll(async () => {
    gateway = await startGatewayFixture();
  });
  afterAll(() => gateway.close());

  const claimsOf = async (token: string) =>
    (await jwtVerify(token, createRemoteJWKSet(new URL(`${gateway.url}/auth/jwks`)), { issuer: 'huidian' })).payload;
  const secretOf = (printed: string) => ({
    id: /client_id +(\S+)/.exec(printed)![1]!,
    secret: /client_secret +(\S+)/.exec(printed)![1]!,
  });
  const command = async (...args: string[]) => runClientCommand(args, await gateway.database.open('identity'));

  it('[A1] gives the demo client a token of 600 s with its company and scopes', async () => {
    const response = await gateway.token('demo', 'demo-secret');
    const answer = (await response.json()) as Record<string, any>;
    expect(response.status).toBe(200);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(answer).toMatchObject({
      token_type: 'Bearer',
      expires_in: 600,
      scope: expect.stringContaining('orders:read'),
    });
    const claims = await claimsOf(answer.access_token);
    expect(claims).toMatchObject({ client_id: 'demo', company: 'cmp_demo', kind: 'client', scope: answer.scope });
    expect(claims.exp! - claims.iat!).toBe(600);
    expect(claims).not.toHaveProperty('shops');
    expect(decodeProtectedHeader(answer.access_token)).toMatchObject({
      alg: 'ES256',
      kid: expect.stringMatching(/^key_/),
    });
  });

  it('[A1] takes HTTP Basic, and narrows the token to the asked scopes', async () => {
    const response = await fetch(`${gateway.url}/auth/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from('demo:demo-secret').toString('base64')}` },
      body: new URLSearchParams({ grant_type: 'client_credentials', scope: 'orders:read sync:read' }),
    });
    expect(await response.json()).toMatchObject({ scope: 'orders:read sync:read' });
  });

  it('[A1] gives a service client an hour and only its narrow scopes', async () => {
    const answer = (await (await gateway.token('svc-orders', SERVICE_SECRET)).json()) as Record<string, any>;
    expect(answer).toMatchObject({ expires_in: 3_600, scope: 'facts:ack sync:read' });
    expect(await claimsOf(answer.access_token)).toMatchObject({
      client_id: 'svc-orders',
      company: '*',
      kind: 'service',
    });
  });

  it('[A1] answers a wrong secret and an unknown client alike, each after exactly one hash of equal cost', async () => {
    verifies.length = 0;
    const wrong = await gateway.token('demo', 'wrong');
    const unknown = await gateway.token('nobody', 'wrong');
    const bodies = [(await wrong.json()) as any, (await unknown.json()) as any];
    expect([wrong.status, unknown.status]).toEqual([401, 401]);
    for (const body of bodies)
      expect(body).toMatchObject({ code: 'AUTH.INVALID_CLIENT', status: 401, error: 'invalid_client' });
    expect(bodies[0].detail).toBe(bodies[1].detail);
    expect(verifies).toHaveLength(2);
    expect(verifies[0]!.split('$').slice(0, 4)).toEqual(verifies[1]!.split('$').slice(0, 4));
    expect(argon2.needsRehash(verifies[1]!, { memoryCost: 19_456, timeCost: 2, parallelism: 1 })).toBe(false);
  });

  it('[A1] refuses a wrong grant type, a wrong scope and a body that is no form with 400', async () => {
    const grant = await gateway.token('demo', 'demo-secret', { grant_type: 'password' });
    const scope = await gateway.token('demo', 'demo-secret', { scope: 'orders:read pii:read' });
    const json = await fetch(`${gateway.url}/auth/token`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    });
    expect([grant.status, scope.status, json.status]).toEqual([400, 400, 400]);
    expect(await grant.json()).toMatchObject({ code: 'VALIDATION', error: 'unsupported_grant_type' });
    expect(await scope.json()).toMatchObject({
      code: 'VALIDATION',
      error: 'invalid_scope',
      detail: expect.stringContaining('pii:read'),
    });
    expect(await json.json()).toMatchObject({ code: 'VALIDATION', errors: [{ field: 'grant_type' }] });
  });

  it('[A2] puts the limits of shops and warehouses into the token', async () => {
    const { id, secret } = secretOf(
      await command(
        'create',
        '--name',
        'One shop',
        '--scopes',
        'orders:read',
        '--company',
        'cmp_a',
        '--shops',
        'shp_1,shp_2',
        '--warehouses',
        'HZ1',
      ),
    );
    const answer = (await (await gateway.token(id, secret)).json()) as Record<string, any>;
    expect(await claimsOf(answer.access_token)).toMatchObject({
      company: 'cmp_a',
      shops: ['shp_1', 'shp_2'],
      warehouses: ['HZ1'],
      scope: 'orders:read',
    });
  });

  it('[A1] signs with a rotated key once it was published for a minute, and old tokens stay valid', async () => {
    const old = ((await (await gateway.token('demo', 'demo-secret')).json()) as Record<string, any>)
      .access_token as string;
    const dataSource = await gateway.database.open('identity');
    const before = (await (await fetch(`${gateway.url}/auth/jwks`)).json()) as JSONWebKeySet;
    const { SigningKeys } = await import('../signing-key/signing-keys.service');
    const { SigningKeyRepository } = await import('../signing-key/signing-key.repository');
    let now = Date.now();
    const wire = { now: () => now, date: () => new Date(now) };
    const keys = new SigningKeys(
      dataSource,
      new SigningKeyRepository(),
      { AUTH_ISSUER: 'huidian', SECRETS_MASTER_KEY: Buffer.alloc(32, 1).toString('base64') },
      wire,
    );
    await inTransaction(dataSource, (tx) => tx.query('DELETE FROM signing_key'));
    await keys.onModuleInit();
    const first = await keys.sign({ client_id: 'x' }, 600);
    const { kid } = await keys.rotate();
    expect((await keys.publicKeys()).keys).toHaveLength(2);
    const still = await keys.sign({ client_id: 'x' }, 600);
    expect(decodeProtectedHeader(still).kid).toBe(decodeProtectedHeader(first).kid);
    now += 61_000;
    const second = await keys.sign({ client_id: 'x' }, 600);
    expect(decodeProtectedHeader(second).kid).toBe(kid);
    const set = createLocalJWKSet((await keys.publicKeys()) as unknown as JSONWebKeySet);
    for (const token of [first, second]) await expect(jwtVerify(token, set)).resolves.toBeDefined();
    now += 3 * 3_600_000;
    expect((await keys.rotate()).removed).toEqual([decodeProtectedHeader(first).kid]);
    await expect(jwtVerify(old, createLocalJWKSet(before))).resolves.toBeDefined();
  });

  it('[A1] shows no private part of a key', async () => {
    const { keys } = (await (await fetch(`${gateway.url}/auth/jwks`)).json()) as JSONWebKeySet;
    for (const key of keys) expect(Object.keys(key).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']);
    const stored = await (await gateway.database.open('identity')).query('SELECT sealed_private_key FROM signing_key');
    for (const { sealed_private_key: sealed } of stored) expect(sealed).toMatch(/^v1\.k1\./);
  });

  it('[A1] refuses to start with another master key than the one that sealed the keys', async () => {
    await expect(
      gateway.startAnother({ SECRETS_MASTER_KEY: Buffer.alloc(32, 9).toString('base64') }),
    ).rejects.toMatchObject({ code: 'SECRETS.CANNOT_OPEN' });
  });
});

describe('tokens in production mode', () => {
  it('[A1] disables the demo clients of data that was made in demo mode, and starts again without rehashing', async () => {
    const gateway = await startGatewayFixture();
    try {
      expect((await gateway.token('demo', 'demo-secret')).status).toBe(200);
      const another = await gateway.startAnother({ HUIDIAN_MODE: 'production' });
      for (const [id, secret] of [
        ['demo', 'demo-secret'],
        ['demo-warehouse', 'demo-warehouse-secret'],
      ] as const) {
        const response = await gateway.token(id, secret);
        expect(response.status).toBe(401);
        expect(await response.json()).toMatchObject({ code: 'AUTH.INVALID_CLIENT' });
      }
      const front = await fetch(`${another.url}/`);
      expect(front.status).toBe(404);
      expect(await front.json()).toMatchObject({ code: 'NOT_FOUND' });
      const versions = await (
        await gateway.database.open('identity')
      ).query(`SELECT version FROM client WHERE company_id = '*'`);
      expect(versions.map(({ version }: { version: number }) => version)).toEqual(Array(7).fill(1));
      await another.app.close();
    } finally {
      await gateway.close();
    }
  });

  it('[A1] takes over a changed service secret at the next start', async () => {
    const gateway = await startGatewayFixture();
    try {
      const another = await gateway.startAnother({ SERVICE_CLIENT_SECRET: 'another-service-secret' });
      expect((await gateway.token('svc-sync', SERVICE_SECRET)).status).toBe(401);
      expect((await gateway.token('svc-sync', 'another-service-secret')).status).toBe(200);
      await another.app.close();
    } finally {
      await gateway.close();
    }
  });
});
