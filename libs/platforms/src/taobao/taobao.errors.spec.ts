import { TaobaoFault, banSeconds, toPlatformError } from './taobao.errors';

const write = (fault: TaobaoFault) =>
  toPlatformError(fault, { method: 'taobao.logistics.offline.send', isWrite: true });
const ship = (code: string): TaobaoFault => ({ code: '15', subCode: `isv.logistics-offline-service-error:${code}` });

describe('taobao error table', () => {
  it.each([
    [
      {
        code: '7',
        subCode: 'accesscontrol.limited-by-app-access-count',
        subMsg: 'This ban will last for 31062 more seconds',
      },
      'rate-limited',
      'app',
      31_062_000,
    ],
    [
      {
        code: '7',
        subCode: 'accesscontrol.limited-by-api-access-count',
        subMsg: 'This ban will last for 1 more seconds',
      },
      'rate-limited',
      'method',
      1_000,
    ],
    [{ code: '7', subCode: 'accesscontrol.limited-by-app-api-access-count' }, 'rate-limited', 'method', 1_000],
    [{ code: '5', msg: 'Session Call Limited' }, 'rate-limited', 'shop', 1_000],
    [{ code: '15', subCode: 'isp.call-limited-x' }, 'rate-limited', 'method', 1_000],
    [
      { code: '5', subCode: 'isp.call-limited-by-user', subMsg: 'This ban will last for 8 more seconds' },
      'rate-limited',
      'shop',
      8_000,
    ],
    [{ code: '6', subMsg: 'This ban will last for 2 more seconds' }, 'rate-limited', 'app', 2_000],
  ] as const)('bans: %j', (fault, kind, banScope, retryAfterMs) => {
    const error = write(fault);
    expect([error.kind, error.facts.banScope, error.retryAfterMs]).toEqual([kind, banScope, retryAfterMs]);
  });

  it.each([
    [{ code: '27', msg: 'Invalid Session', subCode: 'isv.invalid-session' }, 'reauthorise', undefined],
    [{ code: '26' }, 'reauthorise', undefined],
    [{ code: '88' }, 'reauthorise', undefined],
    [{ code: '11', subCode: 'isv.permission-api-package-limit' }, 'rejected', 'permission'],
    [{ code: '12' }, 'rejected', 'permission'],
    [{ code: '25' }, 'rejected', 'configuration'],
    [{ code: '31' }, 'transient', 'clock'],
    [{ code: '41', subCode: 'isv.invalid-parameter:tid' }, 'rejected', 'bad-request'],
    [{ code: '40', subCode: 'isv.oaid-field-miss' }, 'rejected', 'bad-request'],
    [{ code: '15', subCode: 'isp.system-busy' }, 'transient', undefined],
    [{ code: '530', subCode: 'isp.whatever-new' }, 'transient', undefined],
    [{ code: '15', subCode: 'isv.something-new' }, 'rejected', 'bad-request'],
    [{ code: '15', subCode: 'isv.trade-not-exist' }, 'not-found', undefined],
    [{ code: '15', subCode: 'CLOSE_TRADE_TOO_FAST' }, 'transient', undefined],
    [{ code: '15', subMsg: '编辑库存数不能低于预扣库存数' }, 'rejected', 'locked'],
    [
      {
        code: '15',
        subCode: 'isv.item-quantity-sku-update-service-error-tmall',
        subMsg: '该商品为#双11#活动商品，活动期间',
      },
      'rejected',
      'locked',
    ],
    [{ code: '15', subMsg: '没有找到SKUID' }, 'not-found', undefined],
    [{ code: '999', msg: 'never heard of' }, 'rejected', 'bad-request'],
  ] as const)('gives %j its kind', (fault, kind, reason) => {
    const error = write(fault);
    expect([error.kind, error.facts.reason]).toEqual([kind, reason]);
  });

  it.each([
    ['B04', 'already-done', undefined],
    ['HD06', 'already-done', undefined],
    ['CD16', 'already-done', undefined],
    ['B01', 'not-found', undefined],
    ['B02', 'rejected', 'state'],
    ['CD86', 'rejected', 'unsupported'],
    ['F-F06', 'rejected', 'conflict'],
    ['B60', 'rejected', 'conflict'],
    ['CD25', 'rejected', 'bad-request'],
    ['S01', 'transient', undefined],
  ])('ship code %s is %s', (code, kind, reason) => {
    const error = write(ship(code));
    expect([error.kind, error.facts.reason]).toEqual([kind, reason]);
  });

  it('leaves the outcome of a write open after a time-out behind the gateway, and of nothing else', () => {
    const timeout = { code: '15', subCode: 'isp.top-remote-connection-timeout' };
    expect(write(timeout).outcomeUnknown).toBe(true);
    expect(write({ code: '15', subCode: 'isp.system-busy' }).outcomeUnknown).toBe(false);
    expect(toPlatformError(timeout, { method: 'm', isWrite: false }).outcomeUnknown).toBe(false);
  });

  it('reads the seconds of a ban from either message', () => {
    expect(banSeconds({ msg: 'This ban will last for 2 more seconds' })).toBe(2);
    expect(banSeconds({ subMsg: 'wait' })).toBeUndefined();
  });
});
