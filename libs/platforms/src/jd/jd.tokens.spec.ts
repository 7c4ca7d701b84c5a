import { JsonObject } from '../kit/answer.json';
import { TokenCall } from '../port';
import { JdClient } from './jd.client';
import { FakeAnswer, FakeJdClient, failureOf, fakeConfig } from './jd.client.fake';
import { JdTokens } from './jd.tokens';

const NOW = new Date('2026-11-22T10:00:00+08:00');
const call: TokenCall = { app: { appKey: 'K', appSecret: 'S' }, wireNow: () => NOW };
const GRANT = {
  access_token: 'a1',
  refresh_token: 'r1',
  expires_in: 2_591_999,
  code: 0,
  time: '1709622035123',
  open_id: 'o',
};

class FakeTokenClient extends FakeJdClient {
  readonly urls: URL[] = [];
  constructor(
    private readonly reply: { status?: number; text: string },
    vender: FakeAnswer = { root: { vender_info_result: { vender_id: 10706, shop_name: '某某旗舰店' } } },
  ) {
    super(() => vender);
  }
  async get(url: string): Promise<{ status: number; text: string }> {
    this.urls.push(new URL(url));
    return { status: this.reply.status ?? 200, text: this.reply.text };
  }
}

function tokens(answer: JsonObject | object | string, status?: number, vender?: FakeAnswer) {
  const text = typeof answer === 'string' ? answer : JSON.stringify(answer);
  const client = new FakeTokenClient({ text, status }, vender);
  const config = fakeConfig({ authUrl: 'https://auth.example/oauth2/', refreshTokenDays: 10 });
  return { client, jd: new JdTokens(client as unknown as JdClient, config) };
}

describe('authorising a shop', () => {
  it('opens JD’s page with the state unchanged', () => {
    const url = new URL(
      tokens(GRANT).jd.authorisationUrl({ appKey: 'K' }, { redirectUri: 'https://h/cb?x=1', state: 's&1' }),
    );
    expect(`${url.origin}${url.pathname}`).toBe('https://auth.example/oauth2/to_login');
    expect(Object.fromEntries(url.searchParams)).toEqual({
      app_key: 'K',
      response_type: 'code',
      redirect_uri: 'https://h/cb?x=1',
      state: 's&1',
      scope: 'snsapi_base',
    });
  });

  it('turns a code into a token and asks which vender it belongs to', async () => {
    const { client, jd } = tokens(GRANT);
    expect(await jd.exchange(call, { code: 'c1' })).toEqual({
      accessToken: 'a1',
      refreshToken: 'r1',
      expiresAt: new Date(NOW.getTime() + 2_591_999_000),
      refreshExpiresAt: new Date(NOW.getTime() + 2_591_999_000 + 10 * 86_400_000),
      platformShopId: '10706',
      shopName: '某某旗舰店',
    });
    expect(client.urls[0]!.pathname).toBe('/oauth2/access_token');
    expect(Object.fromEntries(client.urls[0]!.searchParams)).toEqual({
      app_key: 'K',
      app_secret: 'S',
      grant_type: 'authorization_code',
      code: 'c1',
    });
    expect(client.calls[0]!.method).toBe('jingdong.seller.vender.info.get');
  });

  it('binds nothing when JD does not say which vender it is', async () => {
    const { jd } = tokens(GRANT, 200, { fault: '22' });
    expect((await failureOf(jd.exchange(call, { code: 'c1' }))).facts.reason).toBe('permission');
  });

  it('refreshes without a further call', async () => {
    const { client, jd } = tokens({ access_token: 'a2', expires_in: '7200', code: '0' });
    expect(await jd.refresh(call, 'r1')).toEqual({ accessToken: 'a2', expiresAt: new Date(NOW.getTime() + 7_200_000) });
    expect(client.urls[0]!.pathname).toBe('/oauth2/refresh_token');
    expect(client.urls[0]!.searchParams.get('refresh_token')).toBe('r1');
    expect(client.calls).toEqual([]);
  });

  it.each([
    ['402', 'rejected', 'state', 'reauthorise', undefined],
    ['1000', 'rejected', 'state', 'reauthorise', undefined],
    ['404', 'rejected', 'configuration', 'rejected', 'configuration'],
    ['21', 'rejected', 'configuration', 'rejected', 'configuration'],
    ['66', 'transient', undefined, 'transient', undefined],
  ])(
    'takes refusal %s for %s when a code is turned in, and for %s %s %s',
    async (code, kind, reason, ofRefresh, why) => {
      const { jd } = tokens({ code: Number(code), msg: '失败', requestId: 'x' });
      const exchange = await failureOf(jd.exchange(call, { code: 'c' }));
      expect([exchange.kind, exchange.facts.reason]).toEqual([kind, reason]);
      const refresh = await failureOf(jd.refresh(call, 'r'));
      expect([refresh.kind, refresh.facts.reason]).toEqual([ofRefresh, why]);
    },
  );

  it('does not know the outcome after answers that cannot be read, and never tells secrets', async () => {
    for (const [text, status] of [
      ['<html>', 200],
      ['{"code":0}', 200],
      ['{"code":"402"}', 502],
    ] as const) {
      const error = await failureOf(tokens(text, status).jd.refresh(call, 'r1'));
      expect([error.kind, error.outcomeUnknown]).toEqual(['transient', true]);
      expect(`${error.message}${JSON.stringify(error.facts)}`).not.toMatch(/r1|"S"/);
    }
  });

  it('reads a refusal in the gateway’s own words', async () => {
    const { jd } = tokens({ error_response: { code: '20', zh_desc: '缺少app_key' } });
    expect((await failureOf(jd.refresh(call, 'r'))).facts.reason).toBe('configuration');
  });
});
