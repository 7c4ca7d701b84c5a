import { wireNow } from '../../core/wire';
import type { Answer } from '../../testing/harness';
import { APP, FLAGSHIP, SMALL, startHere, type Client } from './testing/douyin-client';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

let client: Client;
let stop: () => Promise<void>;
let start: number;

beforeEach(async () => {
  const { client: own, simulator } = await startHere();
  client = own;
  stop = () => simulator.close();
  start = wireNow();
});
afterEach(() => stop());

/** Moves the platform's wire clock to so many milliseconds after the start. */
async function at(ms: number): Promise<{ timestamp: string; token: string }> {
  await client.control('PUT', '/clock', { platform: 'douyin', wire: new Date(start + ms).toISOString() });
  return { timestamp: String(Math.floor((start + ms) / 1_000)), token: '' };
}

const refresh = (refreshToken: string, when: { timestamp: string; token: string }): Promise<Answer> =>
  client.call('token.refresh', { grant_type: 'refresh_token', refresh_token: refreshToken }, when);

const works = async (token: string, timestamp: string): Promise<string | undefined> =>
  client.refusal('order.logisticsCompanyList', {}, { token, timestamp });

const [flagship] = APP.shops;

describe('token.create', () => {
  it('gives the running token of a self-use program with what is left of its life in seconds', async () => {
    const when = await at(DAY);
    const params = { grant_type: 'authorization_self', code: '', shop_id: FLAGSHIP.shopId };
    const token = await client.data('token.create', params, when);
    expect(token.access_token).toBe(FLAGSHIP.token);
    expect(token.expires_in).toBeGreaterThan(6 * 86_400 - 60);
    expect(token.expires_in).toBeLessThanOrEqual(6 * 86_400);
    const earliest = await client.data('token.create', { grant_type: 'authorization_self', code: '' }, when);
    expect(String(earliest.shop_id)).toBe(FLAGSHIP.shopId);
    expect(await client.refusal('token.create', { ...params, shop_id: '1' }, when)).toBe(
      '50001 dop.token-generate-failed:no-authorization',
    );
    expect(await client.refusal('token.create', { grant_type: 'authorization_self' }, when)).toMatch(/^40002 /);
    expect(await client.refusal('token.create', { grant_type: 'x', code: '' }, when)).toBe(
      '50001 dop.token-generate-failed:grant-type-invalid',
    );
  });

  it('makes a new token when the running one has ended', async () => {
    const when = await at(7 * DAY + HOUR);
    expect(await works(FLAGSHIP.token, when.timestamp)).toBe('40003 isv.access-token-expired');
    const params = { grant_type: 'authorization_self', code: '', shop_id: FLAGSHIP.shopId };
    const token = await client.data('token.create', params, when);
    expect(token.access_token).not.toBe(FLAGSHIP.token);
    expect(await works(token.access_token as string, when.timestamp)).toBeUndefined();
  });

  it('turns the code of the authorise page into the token of that shop, once and within ten minutes', async () => {
    const page = `${client.base}/douyin/authorize?service_id=${APP.appKey}&state=s1&shop=${SMALL.shopId}`;
    const codeOf = async (): Promise<string> => /<code>([^<]+)<\/code>/.exec(await (await fetch(page)).text())![1]!;
    const code = await codeOf();
    const params = { grant_type: 'authorization_code', code };
    const token = await client.data('token.create', params, { token: '' });
    expect(token).toMatchObject({ shop_name: '汇店演示抖音小店', authority_id: SMALL.shopId });
    expect(await client.refusal('token.create', params, { token: '' })).toBe(
      '50001 dop.token-generate-failed:code-invalid',
    );
    const late = await codeOf();
    const when = await at(11 * 60_000);
    expect(await client.refusal('token.create', { ...params, code: late }, when)).toBe(
      '50001 dop.token-generate-failed:code-invalid',
    );
  });
});

describe('token.refresh', () => {
  it('gives the same pair back while more than an hour is left, without lengthening its life', async () => {
    const { data } = await refresh(flagship!.refreshToken, await at(6 * DAY));
    expect(data).toMatchObject({ access_token: FLAGSHIP.token, refresh_token: flagship!.refreshToken });
    expect(data.expires_in).toBeLessThanOrEqual(86_400);
  });

  it('gives a new pair within the last hour; the old one works for one more hour', async () => {
    const when = await at(7 * DAY - HOUR / 2);
    const { data } = await refresh(flagship!.refreshToken, when);
    expect(data.access_token).not.toBe(FLAGSHIP.token);
    expect(data.expires_in).toBeGreaterThan(6 * 86_400);
    expect(await works(FLAGSHIP.token, when.timestamp)).toBeUndefined();
    expect(await works(data.access_token as string, when.timestamp)).toBeUndefined();
    const later = await at(7 * DAY + HOUR);
    expect(await works(FLAGSHIP.token, later.timestamp)).toBe('40003 isv.access-token-no-existed');
  });

  it('tells the second of two simultaneous refreshes to come again, and then gives the new pair', async () => {
    const when = await at(7 * DAY - HOUR / 2);
    const fresh = await refresh(flagship!.refreshToken, when);
    expect((await refresh(flagship!.refreshToken, when)).sub_code).toBe('isv.business-failed:31012');
    expect((await refresh(flagship!.refreshToken, when)).data.access_token).toBe(fresh.data.access_token);
  });

  it('gives a new pair after the end and lets the old one die at once; on day 14 it is too late', async () => {
    const when = await at(8 * DAY);
    const fresh = await refresh(flagship!.refreshToken, when);
    expect(fresh.code).toBe(10000);
    expect((await refresh(flagship!.refreshToken, when)).sub_code).toBe('dop.token-generate-failed:token-invalid');
    const late = await at(14 * DAY + HOUR);
    expect((await refresh(APP.shops[1]!.refreshToken, late)).sub_code).toBe('dop.token-generate-failed:token-expired');
    expect((await refresh('never', late)).sub_code).toBe('dop.token-generate-failed:token-invalid');
  });
});
