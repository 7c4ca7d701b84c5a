import { TokenCall } from '../port';
import { FakeAnswer, FakeDouyinClient, fakeCall, fakeConfig, fixtureText } from './douyin.client.fake';
import { DouyinTokens, SELF_USE_CODE } from './douyin.tokens';

const call = (credentials?: Record<string, string>): TokenCall => ({
  app: { appKey: 'k', appSecret: 's', credentials },
  wireNow: fakeCall.wireNow,
});
const now = fakeCall.wireNow().getTime() / 1_000;
const redirect = { redirectUri: 'https://erp.example/callback?x=1', state: 's t' };

function part(answer: (count: number) => FakeAnswer = () => ({ text: fixtureText('token.json') }), config = {}) {
  let count = 0;
  const client = new FakeDouyinClient(() => answer((count += 1)));
  return { client, tokens: new DouyinTokens(client.asClient(), fakeConfig(config)) };
}

describe('douyin tokens', () => {
  it('sends the merchant to the page of the service', () => {
    const url = part().tokens.authorisationUrl(call({ serviceId: '77' }).app, redirect);
    expect(url).toBe('https://fuwu.jinritemai.com/authorize?service_id=77&state=s+t');
  });

  it('sends the owner of an own app straight to the callback', () => {
    const url = new URL(part().tokens.authorisationUrl(call({ selfUseShopId: '4463798' }).app, redirect));
    expect([url.host, url.pathname, Object.fromEntries(url.searchParams)]).toEqual([
      'erp.example',
      '/callback',
      { x: '1', code: SELF_USE_CODE, state: 's t' },
    ]);
  });

  it('says which credential is missing', () => {
    expect(() => part().tokens.authorisationUrl(call().app, redirect)).toThrow(/serviceId/);
  });

  it('takes the code of a tool, and no code for an own app', async () => {
    const { client, tokens } = part(undefined, { testShop: true });
    await tokens.exchange(call({ serviceId: '77' }), { code: 'c', redirectUri: '' });
    await tokens.exchange(call({ selfUseShopId: '4463798' }), { code: SELF_USE_CODE, redirectUri: '' });
    expect(client.calls[0]).toMatchObject({ method: 'token.create', needsSession: false, isWrite: true });
    expect(client.sent(0)).toEqual({ code: 'c', grant_type: 'authorization_code', test_shop: '1' });
    expect(client.sent(1)).toEqual({
      code: '',
      grant_type: 'authorization_self',
      shop_id: '4463798',
      test_shop: '1',
    });
  });

  it('reads what was granted: a duration as a duration, the refresh token seven days longer', async () => {
    const grant = await part().tokens.exchange(call({ serviceId: '77' }), { code: 'c', redirectUri: '' });
    expect(grant).toEqual({
      accessToken: '4d1c…',
      refreshToken: '9b7e…',
      expiresAt: new Date((now + 530_808) * 1_000),
      refreshExpiresAt: new Date((now + 530_808 + 7 * 86_400) * 1_000),
      platformShopId: '4463798',
      shopName: '测试店',
      scopes: ['SCOPE'],
    });
  });

  it('reads a time stamp as one, and a grant without a refresh token', async () => {
    const { tokens } = part(() => ({ data: { access_token: 'a', expires_in: 1_758_800_000, shop_id: 'x' } }));
    const grant = await tokens.refresh(call(), 'r');
    expect(grant.expiresAt).toEqual(new Date(1_758_800_000_000));
    expect(grant).not.toHaveProperty('refreshExpiresAt');
  });

  it('asks once more when two refreshes met, and only once', async () => {
    const clash: FakeAnswer = { fault: { code: '50002', subCode: 'isv.business-failed:31012' } };
    const once = part((count) => (count === 1 ? clash : { text: fixtureText('token.json') }));
    expect((await once.tokens.refresh(call(), 'r')).accessToken).toBe('4d1c…');
    expect(once.client.sent(1)).toEqual({ grant_type: 'refresh_token', refresh_token: 'r' });
    const always = part(() => clash);
    await expect(always.tokens.refresh(call(), 'r')).rejects.toMatchObject({ kind: 'transient' });
    expect(always.client.calls).toHaveLength(2);
  });

  it.each([
    ['dop.token-generate-failed: token-expired', 'reauthorise'],
    ['isv.business-failed:31009', 'reauthorise'],
    ['dop.token-generate-failed:code-expired', 'rejected'],
    ['dop.token-generate-failed:app-forbidden', 'rejected'],
  ])('judges %s as %s', async (subCode, kind) => {
    const { tokens } = part(() => ({ fault: { code: '50001', subCode } }));
    await expect(tokens.refresh(call(), 'r')).rejects.toMatchObject({ kind });
  });

  it('leaves the outcome open when the answer names no token', async () => {
    const { tokens } = part(() => ({ data: { refresh_token: 'r' } }));
    await expect(tokens.refresh(call(), 'r')).rejects.toMatchObject({ kind: 'transient', outcomeUnknown: true });
  });
});
