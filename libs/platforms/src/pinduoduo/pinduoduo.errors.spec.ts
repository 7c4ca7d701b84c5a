import { PlatformErrorKind, PlatformErrorReason } from '../port';
import { fakeConfig } from './pinduoduo.client.fake';
import { PinduoduoFault, toPlatformError } from './pinduoduo.errors';

const errorOf = (fault: PinduoduoFault, isWrite = false, config = fakeConfig()) =>
  toPlatformError(fault, { method: 'pdd.order.information.get', isWrite }, config);

const TABLE: readonly [string, PlatformErrorKind, PlatformErrorReason | undefined][] = [
  ['10000', 'rejected', 'bad-request'],
  ['10001', 'rejected', 'bad-request'],
  ['10016', 'rejected', 'configuration'],
  ['10017', 'rejected', 'bad-request'],
  ['10018', 'rejected', 'configuration'],
  ['10019', 'reauthorise', undefined],
  ['20004', 'rejected', 'configuration'],
  ['20005', 'rejected', 'configuration'],
  ['20031', 'rejected', 'permission'],
  ['20032', 'reauthorise', undefined],
  ['20034', 'rejected', 'unsupported'],
  ['20035', 'rejected', 'configuration'],
  ['21001', 'rejected', 'bad-request'],
  ['21002', 'rejected', 'bad-request'],
  ['30000', 'rejected', 'permission'],
  ['30001', 'rejected', 'permission'],
  ['50000', 'transient', undefined],
  ['50001', 'rejected', 'bad-request'],
  ['50002', 'transient', undefined],
  ['52001', 'transient', undefined],
  ['52002', 'transient', undefined],
  ['52004', 'rejected', 'bad-request'],
  ['52101', 'rate-limited', undefined],
  ['52102', 'transient', undefined],
  ['52103', 'transient', undefined],
  ['70031', 'rate-limited', undefined],
  ['70032', 'rejected', 'permission'],
  ['70033', 'transient', undefined],
  ['70034', 'rejected', 'permission'],
  ['70035', 'rejected', 'permission'],
  ['70036', 'rate-limited', undefined],
  ['12345', 'rejected', 'bad-request'],
];

describe('pinduoduo errors', () => {
  it.each(TABLE)('makes %s a %s error with reason %s', (code, kind, reason) => {
    const error = errorOf({ code, msg: 'x' });
    expect([error.kind, error.facts.reason, error.facts.platformCode]).toEqual([kind, reason, code]);
  });

  it.each([
    ['订单不属于当前店铺或订单不存在', 'not-found', undefined],
    ['商品不存在', 'not-found', undefined],
    ['SKU不存在', 'not-found', undefined],
    ['订单状态不是待发货', 'already-done', undefined],
    ['面单已取消', 'already-done', undefined],
    ['该面单号已取消', 'already-done', undefined],
    ['该商品在活动中，不可减少库存', 'rejected', 'locked'],
    ['商品处于资源位', 'rejected', 'locked'],
    ['订单存在售后，不能发货', 'rejected', 'state'],
    ['快递单号格式不正确', 'rejected', 'bad-request'],
  ])('judges the domain code by its text: %s', (subMsg, kind, reason) => {
    const error = errorOf({ code: '50001', msg: '业务服务错误', subMsg });
    expect([error.kind, error.facts.reason]).toEqual([kind, reason]);
  });

  it('lets an installation name the texts that its platform really uses', () => {
    const config = fakeConfig({ refundBlocksTexts: '不能发货', notFoundTexts: 'gone' });
    expect(errorOf({ code: '50001', subMsg: '不能发货' }, true, config).facts.reason).toBe('state');
    expect(errorOf({ code: '50001', subMsg: '存在售后' }, true, config).facts.reason).toBe('bad-request');
    expect(errorOf({ code: '10000', msg: '参数错误:it is GONE' }, false, config).kind).toBe('not-found');
  });

  it('does not let a text change a code that is plain', () => {
    expect(errorOf({ code: '10019', msg: '订单不存在' }).kind).toBe('reauthorise');
    expect(errorOf({ code: '50000', msg: '订单不存在' }).kind).toBe('transient');
  });

  it('knows a wrong clock by the parameter that is named', () => {
    const error = errorOf({ code: '10001', msg: '公共参数错误:Timestamp' });
    expect([error.kind, error.facts.reason]).toEqual(['transient', 'clock']);
  });

  it('says that a write may be done only where the platform broke down itself', () => {
    const unknown = TABLE.map(([code]) => code).filter((code) => errorOf({ code }, true).outcomeUnknown);
    expect(unknown).toEqual(['50000', '50002', '52001', '52002']);
    expect(errorOf({ code: '50000' }, false).outcomeUnknown).toBe(false);
  });

  it('waits a second under a limit, minutes for maintenance, and an hour for a quota of the day', () => {
    const waits = ['52101', '70031', '52103', '70033', '70036'].map((code) => errorOf({ code }).retryAfterMs);
    expect(waits).toEqual([1_000, 1_000, 5_000, 60_000, 3_600_000]);
    expect(['52101', '70031', '70036'].map((code) => errorOf({ code }).facts.banScope)).toEqual([
      'method',
      'shop',
      'app',
    ]);
  });

  it('takes a fault without a code for a refusal, and says everything once', () => {
    const error = errorOf({ msg: 'no', subMsg: 'no' });
    expect(error.kind).toBe('rejected');
    expect(error.message).toBe('Pinduoduo refused pdd.order.information.get: no.');
    expect(errorOf({}).message).toContain('no reason given');
  });

  it('names the cure of what an operator has to mend', () => {
    const advice = (code: string): string => errorOf({ code }).message;
    expect(advice('20005')).toContain('allow-list');
    expect(advice('20035')).toContain('PINDUODUO_GATEWAY_URL');
    expect(advice('20032')).toContain('main account');
    expect(advice('20031')).toContain('permission packages');
    expect(advice('10018')).toContain('client_id');
  });
});
