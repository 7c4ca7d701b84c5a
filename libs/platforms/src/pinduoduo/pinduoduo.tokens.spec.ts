import { PlatformError, TokenCall } from '../port';
import { FakeAnswer, FakePinduoduoClient, fakeCall, fakeConfig } from './pinduoduo.client.fake';
import { PinduoduoTokens } from './pinduoduo.tokens';

const call: TokenCall = { app: fakeCall.shop, wireNow: () => fakeCall.wireNow() };
const answer = {
  access_token: 'a1b2',
  expires_in: 31535948,
  expires_at: 1827000000,
  refresh_token: 'c3d4',
  refresh_token_expires_in: 31535948,
  refresh_token_expires_at: 1828000000,
  owner_id: '100200300',
  owner_name: 'pdd10020030012',
  scope: ['pdd.order.list.get', 'pdd.goods.quantity.update'],
  r1_expires_at: 1827000000,
  r2_expires_at: 1826000000,
  // Carries an instant although it is called a span.
  w1_expires_in: 1827000000,
  w1_expires_at: 1827000000,
  w2_expires_at: 1827000000,
};

function part(given: FakeAnswer) {
  const client = new FakePinduoduoClient(() => given);
  return { client, tokens: new PinduoduoTokens(client.asClient(), fakeConfig()) };
}

const caught = (error: unknown) => error as PlatformError;

describe('pinduoduo tokens', () => {
  it('sends the merchant to the page with code, state and the address to come back to', () => {
    const url = new URL(
      part({ root: {} }).tokens.authorisationUrl({ appKey: 'demo' }, { redirectUri: 'https://x/y?z=1', state: 's t' }),
    );
    expect(url.origin + url.pathname).toBe('https://fuwu.pinduoduo.com/service-market/auth');
    expect(Object.fromEntries(url.searchParams)).toEqual({
      response_type: 'code',
      client_id: 'demo',
      redirect_uri: 'https://x/y?z=1',
      state: 's t',
    });
  });

  it('exchanges a code by the router, without a token, and reads the ends alone', async () => {
    const { client, tokens } = part({ root: answer });
    expect(await tokens.exchange(call, { code: 'once' })).toEqual({
      accessToken: 'a1b2',
      expiresAt: new Date(1827000000_000),
      refreshToken: 'c3d4',
      refreshExpiresAt: new Date(1828000000_000),
      platformShopId: '100200300',
      shopName: 'pdd10020030012',
      scopes: ['pdd.order.list.get', 'pdd.goods.quantity.update'],
      classExpiresAt: {
        r1: new Date(1827000000_000),
        r2: new Date(1826000000_000),
        w1: new Date(1827000000_000),
        w2: new Date(1827000000_000),
      },
    });
    expect(client.calls).toEqual([
      { method: 'pdd.pop.auth.token.create', params: { code: 'once' }, isWrite: true, needsSession: false },
    ]);
  });

  it('refreshes with the refresh token and says so when nothing can be refreshed again', async () => {
    const { client, tokens } = part({ root: { access_token: 'n', expires_at: 1827000000, refresh_token: 'r' } });
    expect(await tokens.refresh(call, 'old')).toEqual({
      accessToken: 'n',
      expiresAt: new Date(1827000000_000),
      refreshToken: 'r',
    });
    expect(client.calls[0]).toMatchObject({
      method: 'pdd.pop.auth.token.refresh',
      params: { refresh_token: 'old' },
    });
  });

  it.each(['50001', '10000', '10019', '20032', '21001'])(
    'takes code %s for a refused code or refresh token',
    async (code) => {
      const { tokens } = part({ fault: { code, msg: '无效' } });
      const exchange = await tokens.exchange(call, { code: 'used' }).catch(caught);
      expect(exchange).toMatchObject({ kind: 'rejected', facts: { reason: 'state', platformCode: code } });
      expect(await tokens.refresh(call, 'old').catch(caught)).toMatchObject({ kind: 'reauthorise' });
    },
  );

  it.each([
    ['10016', 'rejected'],
    ['20004', 'rejected'],
    ['20031', 'rejected'],
    ['52101', 'rate-limited'],
    ['50000', 'transient'],
  ])('does not blame the shop for code %s', async (code, kind) => {
    const { tokens } = part({ fault: { code } });
    expect((await tokens.refresh(call, 'old').catch(caught)) as PlatformError).toMatchObject({ kind });
    expect((await tokens.exchange(call, { code: 'c' }).catch(caught)) as PlatformError).toMatchObject({ kind });
  });

  it.each([{ expires_at: 1 }, { access_token: 'a' }, { access_token: 'a', expires_at: 0 }])(
    'stores no half grant: %j',
    async (root) => {
      const error = await part({ root }).tokens.refresh(call, 'old').catch(caught);
      expect(error).toMatchObject({ kind: 'transient', outcomeUnknown: true });
    },
  );
});
