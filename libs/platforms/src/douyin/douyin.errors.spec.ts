import { numberOf, tidySubCode, toPlatformError } from './douyin.errors';

const judge = (fault: { code?: string; subCode?: string; subMsg?: string }, method = 'x.y', isWrite = false) =>
  toPlatformError(fault, { method, isWrite });

const numbered = (number: number | string): string => `isv.business-failed:${number}`;

describe('the error table of douyin', () => {
  it.each([
    ['10001', 'isv.business-part-failed', 'transient', undefined],
    ['20000', 'dop.service-error', 'transient', undefined],
    ['20000', 'isp.service-error:1', 'transient', undefined],
    ['20001', '', 'transient', undefined],
    ['30001', 'isv.app-permissions-insufficient', 'rejected', 'permission'],
    ['30001', 'dop.no-permissions', 'rejected', 'permission'],
    ['30001', 'dop.app-forbidden', 'rejected', 'permission'],
    ['30001', 'dop.authorization-no-existed', 'reauthorise', undefined],
    ['30001', 'dop.authorization-closed', 'reauthorise', undefined],
    ['30002', 'isv.invalid_ip', 'rejected', 'configuration'],
    ['40001', 'isv.parameter-missing', 'rejected', 'bad-request'],
    ['40001', 'isv.signature-missing', 'rejected', 'bad-request'],
    ['40001', 'isv.app-id-missing', 'rejected', 'configuration'],
    ['40001', 'isv.access-token-missing', 'rejected', 'bad-request'],
    ['40002', 'isv.missing-parameter:50050', 'rejected', 'bad-request'],
    ['40003', 'isv.parameter-invalid', 'rejected', 'bad-request'],
    ['40003', 'isv.signature-invalid', 'rejected', 'configuration'],
    ['40003', 'isv.timestamp-invalid', 'transient', 'clock'],
    ['40003', 'isv.timestamp-format-error', 'rejected', 'bad-request'],
    ['40003', 'isv.app-id-invalid', 'rejected', 'configuration'],
    ['40003', 'isv.app-id-expired', 'rejected', 'configuration'],
    ['40003', 'isv.access-token-expired', 'reauthorise', undefined],
    ['40003', 'isv.access-token-no-existed', 'reauthorise', undefined],
    ['40003', 'isv.access-token-invalid', 'rejected', 'configuration'],
    ['40003', 'isv.idempotent-id-existed', 'already-done', undefined],
    ['40004', 'isv.parameter-invalid:77', 'rejected', 'bad-request'],
    ['50001', 'dop.token-generate-failed:token-expired', 'reauthorise', undefined],
    ['50001', 'dop.token-generate-failed: token-invalid', 'reauthorise', undefined],
    ['50001', 'dop.token-generate-failed: code-expired', 'rejected', 'state'],
    ['50001', 'dop.token-generate-failed:code-invalid', 'rejected', 'state'],
    ['50001', 'dop.token-generate-failed:no-authorization', 'rejected', 'state'],
    ['50001', 'dop.token-generate-failed:app-secret-invalid', 'rejected', 'configuration'],
    ['50001', 'dop.token-generate-failed:grant-type-invalid', 'rejected', 'configuration'],
    ['50002', numbered(31009), 'reauthorise', undefined],
    ['50002', numbered(31012), 'transient', undefined],
    ['50002', numbered(424242), 'rejected', 'bad-request'],
    ['60000', 'isv.traffic-limited', 'rate-limited', undefined],
    ['60000', '', 'rate-limited', undefined],
    ['70000', 'isp.api-service-off', 'rejected', 'unsupported'],
    ['80000', '', 'rejected', 'permission'],
    ['90000', 'isv.env-suspected', 'transient', undefined],
    ['90000', '', 'transient', undefined],
    ['12345', 'isv.something-new', 'rejected', 'bad-request'],
    ['12345', 'dop.something-new', 'transient', undefined],
  ])('gives %s %s the kind %s %s', (code, subCode, kind, reason) => {
    const error = judge({ code, subCode });
    expect([error.kind, error.facts.reason]).toEqual([kind, reason]);
  });

  it.each([
    ['order.searchList', [20022, 20013, 20012, 20011, 20008, 10035], 'rejected', 'bad-request'],
    ['order.searchList', [20004, 20005], 'transient', undefined],
    ['order.orderDetail', [20014, 20001], 'not-found', undefined],
    ['order.orderDetail', [20015], 'rejected', 'permission'],
    ['order.orderDetail', [20004, 20045, 20055], 'transient', undefined],
    ['order.logisticsAddMultiPack', [60110, 70023, 60113], 'already-done', undefined],
    ['order.logisticsAdd', [60021, 60137, 60040, 60120, 60068], 'rejected', 'state'],
    ['order.logisticsAddMultiPack', [60109], 'transient', undefined],
    ['order.logisticsAddSinglePack', [60033, 60102], 'not-found', undefined],
    ['order.logisticsAdd', [60101], 'rejected', 'permission'],
    ['order.logisticsAdd', [60017, 60127, 60128, 60018, 60011, 60083, 60032], 'rejected', 'bad-request'],
    ['order.logisticsAdd', [70018, 70019, 70020, 70022], 'rejected', 'conflict'],
    ['order.logisticsAdd', [60026, 60107, 60108, 60111, 60116, 60123, 60069], 'rejected', 'unsupported'],
    ['order.logisticsAdd', [60027, 60072, 60134, 60070, 60071, 700029], 'rejected', 'configuration'],
    [
      'order.logisticsAdd',
      [60106, 60114, 60118, 60121, 60124, 60125, 60132, 70009, 8888, 120032],
      'transient',
      undefined,
    ],
    ['order.logisticsEdit', [10007, 60021], 'rejected', 'state'],
    ['order.logisticsEditByPack', [70011], 'rejected', 'unsupported'],
    ['afterSale.operate', [20309541], 'rejected', 'conflict'],
    ['afterSale.operate', [11001], 'rejected', 'unsupported'],
    ['afterSale.operate', [11000], 'rejected', 'bad-request'],
    ['sku.syncStock', [5], 'not-found', undefined],
    ['sku.syncStock', [4], 'rejected', 'state'],
    ['sku.syncStock', [40010], 'already-done', undefined],
    ['sku.syncStock', [2010401], 'rate-limited', undefined],
    ['sku.syncStockBatch', [2010021, 40010], 'already-done', undefined],
    ['sku.syncStockBatch', [2010012], 'rejected', 'bad-request'],
    ['sku.syncStockBatch', [2010041, 2010043, 2010330], 'rejected', 'state'],
    ['sku.syncStockBatch', [5, 2010042, 2010058], 'not-found', undefined],
    ['sku.syncStockBatch', [2010045, 2010307], 'rejected', 'locked'],
    ['sku.syncStockBatch', [2010001, 2010002], 'transient', undefined],
    ['sku.syncStockBatchMultiProducts', [-20002], 'already-done', undefined],
    ['product.detail', [4, 2010058], 'not-found', undefined],
    ['product.listV2', [2010401], 'rate-limited', undefined],
    ['product.setOffline', [2010058, 2010064, 2010021], 'already-done', undefined],
    ['logistics.newCreateOrder', [10701], 'rejected', 'configuration'],
    ['logistics.cancelOrder', [1102], 'already-done', undefined],
    ['logistics.cancelOrder', [10000, 20802, 1105], 'rejected', 'state'],
    ['order.batchDecrypt', [300003], 'rejected', 'state'],
  ] as const)('judges the numbers of %s %j as %s %s', (method, numbers, kind, reason) => {
    for (const number of numbers) {
      const error = judge({ code: '50002', subCode: numbered(number) }, method);
      expect([number, error.kind, error.facts.reason]).toEqual([number, kind, reason]);
    }
  });

  it('tells a spent quota of decryption by its text alone', () => {
    const fault = { code: '50002', subCode: numbered(300003), subMsg: '解密额度不足' };
    expect(judge(fault, 'order.batchDecrypt').kind).toBe('rate-limited');
  });

  it('leaves the outcome of a write open after a timeout, never after a refusal and never for a read', () => {
    expect(judge({ code: '20001' }, 'sku.syncStock', true).outcomeUnknown).toBe(true);
    expect(judge({ code: '20001' }, 'sku.syncStock', false).outcomeUnknown).toBe(false);
    expect(judge({ code: '40004' }, 'sku.syncStock', true).outcomeUnknown).toBe(false);
  });

  it('waits longer for a risk check than for a busy platform', () => {
    const subCode = numbered(60109);
    expect(judge({ code: '50002', subCode }, 'order.logisticsAddMultiPack').retryAfterMs).toBe(600_000);
    expect(judge({ code: '20000' }).retryAfterMs).toBe(2_000);
    expect(judge({ code: '60000' }).facts).toMatchObject({ retryAfterMs: 1_000, banScope: 'method' });
  });

  it('keeps codes, texts and the log id, and says what to do', () => {
    const error = toPlatformError(
      { code: '30002', msg: 'ip', subCode: 'isv.invalid_ip', subMsg: '1.2.3.4', logId: 'L1' },
      { method: 'order.searchList', isWrite: false },
    );
    expect(error.message).toMatch(/30002 \/ ip \/ isv\.invalid_ip \/ 1\.2\.3\.4.*white list/);
    expect(error.facts).toMatchObject({ requestId: 'L1', platformCode: '30002', platformSubCode: 'isv.invalid_ip' });
    expect(judge({}).message).toContain('no reason given');
  });

  it('reads the number behind the colon, whatever blanks stand there', () => {
    expect(numberOf('isv.parameter-invalid: 20014')).toBe('20014');
    expect(numberOf('isv.parameter-invalid')).toBeUndefined();
    expect(tidySubCode(undefined)).toBe('');
  });
});
