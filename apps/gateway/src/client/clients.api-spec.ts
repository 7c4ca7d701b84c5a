import {
  startFakeService,
  startGatewayFixture,
  type FakeService,
  type GatewayFixture,
} from '../testing/gateway.fixture';
import { runClientCommand } from './client.command';

interface Called {
  status: number;
  body: any;
}

describe('clients of a company', () => {
  let gateway: GatewayFixture;
  let admin: string;
  let stranger: string;

  const secretOf = (printed: string) => ({
    id: /client_id +(\S+)/.exec(printed)![1]!,
    secret: /client_secret +(\S+)/.exec(printed)![1]!,
  });
  const command = async (...args: string[]) => runClientCommand(args, await gateway.database.open('identity'));
  const tokenOf = async (id: string, secret: string) =>
    ((await (await gateway.token(id, secret)).json()) as any).access_token as string;
  const call = async (token: string, method: string, path: string, body?: unknown): Promise<Called> => {
    const headers = { authorization: `Bearer ${token}`, ...(body ? { 'content-type': 'application/json' } : {}) };
    const response = await fetch(`${gateway.url}${path}`, {
      method,
      headers,
      body: body ? JSON.stringify(body) : undefined,
    });
    return { status: response.status, body: await response.json() };
  };

  beforeAll(async () => {
    gateway = await startGatewayFixture();
    const made = async (company: string) =>
      secretOf(
        await command('create', '--name', 'Admin', '--scopes', 'identity:admin orders:read', '--company', company),
      );
    const [one, two] = [await made('cmp_one'), await made('cmp_two')];
    [admin, stranger] = [await tokenOf(one.id, one.secret), await tokenOf(two.id, two.secret)];
  });
  afterAll(() => gateway.close());

  it('[A1] makes a client whose secret is shown once and works', async () => {
    const { status, body } = await call(admin, 'POST', '/auth/clients', {
      name: 'ERP',
      scopes: ['orders:read'],
      shops: ['shp_1'],
    });
    expect(status).toBe(201);
    expect(body).toMatchObject({
      clientId: expect.stringMatching(/^cli_/),
      name: 'ERP',
      scopes: ['orders:read'],
      shops: ['shp_1'],
      warehouses: null,
      disabledAt: null,
      version: 1,
    });
    expect((await gateway.token(body.clientId, body.clientSecret)).status).toBe(200);
    const listed = await call(admin, 'GET', '/auth/clients');
    const { clientSecret: _secret, ...shown } = body;
    expect(listed.body.items).toContainEqual(shown);
    expect(JSON.stringify(listed.body)).not.toContain('argon2');
  });

  it('[A1] refuses unknown scopes, scopes beyond the caller’s, and wrong fields', async () => {
    const unknown = await call(admin, 'POST', '/auth/clients', { name: 'x', scopes: ['facts:ack'] });
    expect(unknown).toMatchObject({
      status: 400,
      body: { code: 'VALIDATION', errors: [{ field: 'scopes[0]', code: 'UNKNOWN_SCOPE' }] },
    });
    const beyond = await call(admin, 'POST', '/auth/clients', { name: 'x', scopes: ['pii:read'] });
    expect(beyond).toMatchObject({ status: 403, body: { code: 'AUTH.SCOPE' } });
    const wrong = await call(admin, 'POST', '/auth/clients', { scopes: [], shops: [], company: 'cmp_two' });
    expect(wrong.status).toBe(400);
    expect(wrong.body.errors.map(({ field }: { field: string }) => field).sort()).toEqual(
      expect.arrayContaining(['company', 'name', 'scopes', 'shops']),
    );
  });

  it('[A2] lets an administrator of some shops make clients of those shops alone', async () => {
    const { id, secret } = secretOf(
      await command(
        'create',
        '--name',
        'Shop admin',
        '--scopes',
        'identity:admin',
        '--company',
        'cmp_one',
        '--shops',
        'shp_1',
      ),
    );
    const limited = await tokenOf(id, secret);
    expect((await call(limited, 'POST', '/auth/clients', { name: 'x', scopes: ['identity:admin'] })).status).toBe(403);
    expect(
      (await call(limited, 'POST', '/auth/clients', { name: 'x', scopes: ['identity:admin'], shops: ['shp_2'] }))
        .status,
    ).toBe(403);
    expect(
      (await call(limited, 'POST', '/auth/clients', { name: 'x', scopes: ['identity:admin'], shops: ['shp_1'] }))
        .status,
    ).toBe(201);
  });

  it('[A1] disables a client: no more tokens, twice is once, and its secret cannot be changed', async () => {
    const { body } = await call(admin, 'POST', '/auth/clients', { name: 'Old', scopes: ['orders:read'] });
    const first = await call(admin, 'POST', `/auth/clients/${body.clientId}/disable`);
    expect(first).toMatchObject({ status: 200, body: { disabledAt: expect.any(String), version: 2 } });
    expect((await call(admin, 'POST', `/auth/clients/${body.clientId}/disable`)).body).toEqual(first.body);
    const refused = await gateway.token(body.clientId, body.clientSecret);
    expect([refused.status, ((await refused.json()) as any).code]).toEqual([401, 'AUTH.INVALID_CLIENT']);
    expect(await call(admin, 'POST', `/auth/clients/${body.clientId}/rotate-secret`)).toMatchObject({
      status: 409,
      body: { code: 'CLIENT.DISABLED' },
    });
  });

  it('[A1] gives a new secret and ends the old one at once', async () => {
    const { body } = await call(admin, 'POST', '/auth/clients', { name: 'Rotated', scopes: ['orders:read'] });
    const rotated = await call(admin, 'POST', `/auth/clients/${body.clientId}/rotate-secret`);
    expect(rotated).toMatchObject({ status: 200, body: { clientId: body.clientId, version: 2 } });
    expect((await gateway.token(body.clientId, body.clientSecret)).status).toBe(401);
    expect((await gateway.token(body.clientId, rotated.body.clientSecret)).status).toBe(200);
  });

  it('[A1] keeps the demo’s secrets as they are told', async () => {
    const { id, secret } = secretOf(
      await command('create', '--name', 'x', '--scopes', 'identity:admin', '--company', 'cmp_demo'),
    );
    const token = await tokenOf(id, secret);
    expect(await call(token, 'POST', '/auth/clients/demo/rotate-secret')).toMatchObject({
      status: 409,
      body: { code: 'CLIENT.PRESET' },
    });
  });

  it('[A1] shows nothing of another company', async () => {
    const { body } = await call(admin, 'POST', '/auth/clients', { name: 'Ours', scopes: ['orders:read'] });
    for (const act of ['disable', 'rotate-secret'])
      expect(await call(stranger, 'POST', `/auth/clients/${body.clientId}/${act}`)).toMatchObject({
        status: 404,
        body: { code: 'CLIENT.NOT_FOUND' },
      });
    expect(JSON.stringify((await call(stranger, 'GET', '/auth/clients')).body)).not.toContain(body.clientId);
    expect(JSON.stringify((await call(stranger, 'GET', '/auth/audit')).body)).not.toContain(body.clientId);
  });

  it('[A1] pages through clients in a stable order and refuses a foreign cursor', async () => {
    const seen: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const { body }: Called = await call(admin, 'GET', `/auth/clients?limit=2${cursor ? `&cursor=${cursor}` : ''}`);
      seen.push(...body.items.map(({ clientId }: { clientId: string }) => clientId));
      cursor = body.nextCursor;
    }
    expect(seen).toEqual([...new Set(seen)].sort());
    expect(await call(admin, 'GET', '/auth/clients?cursor=nonsense')).toMatchObject({
      status: 400,
      body: { code: 'CURSOR.INVALID' },
    });
  });

  it('[A6] tells in the audit trail who did what, newest first', async () => {
    const { body } = await call(admin, 'POST', '/auth/clients', { name: 'Watched', scopes: ['orders:read'] });
    await call(admin, 'POST', `/auth/clients/${body.clientId}/rotate-secret`);
    await call(admin, 'POST', `/auth/clients/${body.clientId}/disable`);
    const trail = await call(admin, 'GET', `/auth/audit?subject=${body.clientId}`);
    expect(trail.body.items.map(({ act }: { act: string }) => act)).toEqual([
      'client.disabled',
      'client.secret-rotated',
      'client.created',
    ]);
    expect(JSON.stringify(trail.body)).not.toContain(body.clientSecret);
    const page = await call(admin, 'GET', `/auth/audit?subject=${body.clientId}&limit=2`);
    const rest = await call(
      admin,
      'GET',
      `/auth/audit?subject=${body.clientId}&limit=2&cursor=${page.body.nextCursor}`,
    );
    expect(rest.body).toMatchObject({ items: [{ act: 'client.created' }], nextCursor: null });
  });

  it('[A1] needs identity:admin, and a token at all', async () => {
    const token = await tokenOf('demo', 'demo-secret');
    for (const path of ['/auth/clients', '/auth/audit'])
      expect(await call(token, 'GET', path)).toMatchObject({ status: 403, body: { code: 'AUTH.SCOPE' } });
    expect(await call('nonsense', 'GET', '/auth/clients')).toMatchObject({
      status: 401,
      body: { code: 'AUTH.INVALID_TOKEN' },
    });
    const none = await fetch(`${gateway.url}/auth/clients`);
    expect(await none.json()).toMatchObject({ status: 401, code: 'AUTH.MISSING_TOKEN' });
  });

  it('[A1] the command tells how it is used, lists clients without secrets, and asks which company', async () => {
    await expect(command()).rejects.toMatchObject({
      code: 'VALIDATION',
      message: expect.stringContaining('Usage: client create'),
    });
    await expect(command('create', '--nonsense')).rejects.toMatchObject({ code: 'VALIDATION' });
    await expect(
      command('create', '--name', 'x', '--scopes', 'nonsense', '--company', 'cmp_one'),
    ).rejects.toMatchObject({ code: 'VALIDATION' });
    await expect(
      command('create', '--name', 'x', '--scopes', 'orders:read', '--company', 'cmp_one', '--shops', ' '),
    ).rejects.toMatchObject({ message: expect.stringContaining('--shops names nothing') });
    await expect(command('create', '--name', 'x', '--scopes', 'orders:read')).rejects.toMatchObject({
      message: expect.stringContaining('cmp_one (Company)'),
    });
    await expect(
      command('create', '--name', 'x', '--scopes', 'orders:read', '--company', 'nonsense'),
    ).rejects.toMatchObject({ code: 'VALIDATION' });
    expect(await command('help')).toContain('client list');
    expect(await command('list', '--company', 'cmp_demo')).toMatch(/client\(s\) of cmp_demo[\s\S]*demo {2}enabled/);
  });
});

describe('front page and documentation', () => {
  let gateway: GatewayFixture;
  let sync: FakeService;

  beforeAll(async () => {
    sync = await startFakeService(({ url }, response) => {
      response.setHeader('content-type', 'application/json');
      if (url === '/docs-json')
        return void response.end(
          JSON.stringify({
            openapi: '3.0.0',
            info: {},
            paths: { '/sync/v1/shops': { get: { tags: ['shops'], responses: {} } } },
            components: { schemas: {} },
          }),
        );
      if (url.endsWith('/health')) return void response.end('{"lagSeconds":{"orders":4}}');
      if (url.startsWith('/sync/v1/shops'))
        return void response.end(
          '{"items":[{"id":"shp_1","platform":"taobao","name":"<b>旗舰店</b>","token":{"state":"valid"},"pull":"on","push":"off"}]}',
        );
      return void response.end(
        '{"items":[{"kind":"TOKEN_REVOKED","shopId":"shp_1","since":"2026-11-01T00:00:00Z","message":"<i>","advice":"x"}]}',
      );
    });
    gateway = await startGatewayFixture({ SYNC_URL: sync.url });
  });
  afterAll(async () => {
    await gateway.close();
    await sync.close();
  });

  it('shows shops, lag and alarms escaped, and names a part that is away', async () => {
    const response = await fetch(`${gateway.url}/`);
    const page = await response.text();
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(page).toContain(
      '<td>&lt;b&gt;旗舰店&lt;/b&gt;</td><td>taobao</td><td>valid</td><td>on</td><td>off</td><td>4 s</td>',
    );
    expect(page).toContain('<td>TOKEN_REVOKED</td><td>shp_1</td><td>2026-11-01T00:00:00Z</td><td>&lt;i&gt;</td>');
    expect(page).toContain('Not known at present: SERVICE.UNAVAILABLE');
    expect(sync.seen.find(({ url }) => url.startsWith('/sync/v1/alarms'))!.headers).toMatchObject({
      'x-huidian-company': 'cmp_demo',
      authorization: expect.stringMatching(/^Bearer ey/),
    });
  });

  it('merges the documentation of all services and names those that are away', async () => {
    const document = (await (await fetch(`${gateway.url}/docs-json`)).json()) as any;
    expect(Object.keys(document.paths)).toEqual(
      expect.arrayContaining(['/auth/token', '/gateway/v1/verify', '/sync/v1/shops']),
    );
    expect(document['x-missing-services']).toEqual(['catalog', 'orders', 'inventory', 'logistics', 'settlement']);
    const page = await fetch(`${gateway.url}/docs`);
    expect([page.status, page.headers.get('content-type')]).toEqual([200, expect.stringContaining('text/html')]);
    expect(await (await fetch(`${gateway.url}/docs/swagger-ui-init.js`)).text()).toContain('/sync/v1/shops');
  });

  it('closes the documentation in production to callers without a token', async () => {
    const another = await gateway.startAnother({ HUIDIAN_MODE: 'production' });
    const closed = await fetch(`${another.url}/docs-json`);
    expect([closed.status, ((await closed.json()) as any).code]).toEqual([401, 'AUTH.MISSING_TOKEN']);
    const answer = (await (await gateway.token('svc-sync', 'service-secret-for-tests')).json()) as any;
    expect(
      (await fetch(`${another.url}/docs-json`, { headers: { authorization: `Bearer ${answer.access_token}` } })).status,
    ).toBe(200);
    expect((await fetch(`${another.url}/docs`, { headers: { authorization: 'Bearer nonsense' } })).status).toBe(401);
    await another.app.close();
  });
});
