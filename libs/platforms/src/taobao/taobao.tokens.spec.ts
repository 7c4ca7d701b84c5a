import { TaobaoClient } from './taobao.client';
import { fakeConfig } from './taobao.client.fake';
import { TaobaoTokens } from './taobao.tokens';

const now = new Date('2026-11-11T00:00:00Z');
const call = { app: { appKey: '12345678', appSecret: 'helloworld' }, wireNow: () => now };

function tokens(
  status: number,
  body: unknown,
): { sent: { url: string; form: Record<string, string> }[]; part: TaobaoTokens } {
  const sent: { url: string; form: Record<string, string> }[] = [];
  const postForm = async (url: string, form: Record<string, string>) => {
    sent.push({ url, form });
    return { status, text: typeof body === 'string' ? body : JSON.stringify(body) };
  };
  return {
    sent,
    part: new TaobaoTokens({ postForm } as unknown as TaobaoClient, fakeConfig({ authUrl: 'https://oauth.example/' })),
  };
}

const grant = {
  access_token: '6200a',
  expires_in: 31536000,
  refresh_token: '6202b',
  re_expires_in: 864000,
  w2_expires_in: 1800,
  taobao_user_id: '263664221',
  taobao_user_nick: '%E5%95%86%E5%AE%B6',
};

describe('taobao tokens', () => {
  it('builds the page that the seller opens', () => {
    const url = new URL(
      tokens(200, {}).part.authorisationUrl({ appKey: '123' }, { redirectUri: 'https://cb.example/x', state: 's 1' }),
    );
    expect(url.origin + url.pathname).toBe('https://oauth.example/authorize');
    expect(Object.fromEntries(url.searchParams)).toEqual({
      response_type: 'code',
      client_id: '123',
      redirect_uri: 'https://cb.example/x',
      state: 's 1',
      view: 'web',
    });
  });

  it('exchanges a code and computes every end from seconds', async () => {
    const { sent, part } = tokens(200, grant);
    expect(await part.exchange(call, { code: 'c', redirectUri: 'https://cb.example/x' })).toEqual({
      accessToken: '6200a',
      refreshToken: '6202b',
      expiresAt: new Date('2027-11-11T00:00:00Z'),
      refreshExpiresAt: new Date('2026-11-21T00:00:00Z'),
      platformShopId: '263664221',
      shopName: '商家',
      classExpiresAt: { w2: new Date('2026-11-11T00:30:00Z') },
    });
    expect(sent[0]).toEqual({
      url: 'https://oauth.example/token',
      form: {
        grant_type: 'authorization_code',
        code: 'c',
        redirect_uri: 'https://cb.example/x',
        client_id: '12345678',
        client_secret: 'helloworld',
      },
    });
  });

  it('says that nothing can be refreshed when re_expires_in is 0', async () => {
    const answer = await tokens(200, { ...grant, re_expires_in: 0 }).part.refresh(call, '6202b');
    expect(answer.refreshExpiresAt).toBeUndefined();
  });

  it('asks for a new authorisation when the refresh token is refused', async () => {
    const { part } = tokens(400, { error: 'invalid_grant', error_description: 'refresh token expire' });
    await expect(part.refresh(call, 'x')).rejects.toMatchObject({ kind: 'reauthorise' });
  });

  it.each([
    [{ error: 'invalid_grant', error_description: 'authorize code expire' }, 400, 'rejected'],
    [{ error: 'invalid_client', error_description: 'client_secret is invalidate' }, 400, 'rejected'],
    [{ error: 'server_error' }, 503, 'transient'],
    ['<html>', 200, 'transient'],
    [{}, 200, 'transient'],
  ])('answers %j with status %d as %s', async (body, status, kind) => {
    await expect(tokens(status, body).part.exchange(call, { code: 'c', redirectUri: 'r' })).rejects.toMatchObject({
      kind,
    });
  });

  it('keeps a nick that is no valid URL encoding', async () => {
    expect((await tokens(200, { ...grant, taobao_user_nick: '100%' }).part.refresh(call, 'x')).shopName).toBe('100%');
  });
});
