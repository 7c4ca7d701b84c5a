import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventSign, isSameSign, paramJson, sign, stringToSign } from './douyin.signer';

interface Recorded {
  app_key: string;
  app_secret: string;
  vectors: { name: string; params: Record<string, string>; body: string; string_to_sign: string; sign: string }[];
  push_vectors: { name: string; app_key: string; app_secret: string; body: string; event_sign: string }[];
}
const recorded = JSON.parse(readFileSync(join(__dirname, 'fixtures/vectors.json'), 'utf8')) as Recorded;
const APP = { app_key: recorded.app_key, v: '2' };
const SECRET = recorded.app_secret;

describe('douyin signatures', () => {
  it.each(recorded.vectors)('reproduces the recorded request $name', ({ params, body, string_to_sign, ...vector }) => {
    const signed = { ...params, param_json: body };
    expect(stringToSign(signed, SECRET)).toBe(string_to_sign);
    expect(sign(signed, SECRET)).toBe(vector.sign);
  });

  it.each([
    {
      method: 'order.logisticsCompanyList',
      timestamp: '1795302136',
      param_json: '{}',
      expected: '3ba73f59b097c47280c06e0be78e86040c77b3a55584187169b030132c3986f2',
    },
  ])('reproduces the further vector of $method', ({ expected, ...params }) => {
    expect(sign({ ...APP, ...params, sign_method: 'hmac-sha256' }, SECRET)).toBe(expected);
  });

  it('reproduces the published HMAC of another key', () => {
    const params = {
      app_key: 'app-key',
      method: 'order.searchList',
      param_json: paramJson({ z: 2, nested: { z: 2, a: 1 }, a: 1 }),
      timestamp: '1700000000',
      v: '2',
      sign_method: 'hmac-sha256',
    };
    expect(params.param_json).toBe('{"a":1,"nested":{"a":1,"z":2},"z":2}');
    expect(sign(params, 'secret')).toBe('53e8b7af0b657637e8a8013bb6b2a2c41b5da7f0dff35d98de3e9ae3e9c0a442');
  });

  it.each([
    ['1759305600', '5bb776893d747406a3b4f391797457e1'],
    ['2025-10-01 16:00:00', 'dcb2197e226eae7da0e1bcb3ce2273ab'],
  ])('takes MD5 without a sign_method, timestamp %s', (timestamp, expected) => {
    const param_json = paramJson({
      star: '5',
      remark: '加急：<易碎>&请勿折叠',
      order_id: '6921377343921159820',
      is_add_star: 'true',
    });
    expect(sign({ ...APP, method: 'order.addOrderRemark', param_json, timestamp }, SECRET)).toBe(expected);
  });

  it('writes parameters in code unit order on every level, with nothing escaped and absent values left out', () => {
    const text = paramJson({
      b: undefined,
      coupon_return_methods: 1,
      couponSecondExchange: 2,
      a_b: null,
      aB: [{ '833': '<&>/中😀\u2028', '1687': 1.0 }],
      '9': true,
      id: 3704250147174219802n,
    });
    expect(text).toBe(
      '{"9":true,"aB":[{"1687":1,"833":"<&>/中😀\u2028"}],"a_b":null,"couponSecondExchange":2,"coupon_return_methods":1,"id":3704250147174219802}',
    );
  });

  it('reproduces the recorded event signs of both generations', () => {
    const { app_key, app_secret, body, event_sign } = recorded.push_vectors[0]!;
    expect(eventSign({ appKey: app_key, appSecret: app_secret }, Buffer.from(body), 'md5')).toBe(event_sign);
    const hmacBody = Buffer.from('[{"tag":"100","data":"{\\"shop_id\\":123}"}]');
    expect(eventSign({ appKey: 'app-key', appSecret: 'secret' }, hmacBody, 'hmac-sha256')).toBe(
      'bed9fab93b667a2213b57ca88150a05e189c1f6e0b334ed34e29ccdb14ead058',
    );
  });

  it('compares signs whole and without regard to case', () => {
    expect(isSameSign('abc1', 'ABC1')).toBe(true);
    expect(isSameSign('abc1', 'abc2')).toBe(false);
    expect(isSameSign('abc1', 'abc12')).toBe(false);
  });
});
