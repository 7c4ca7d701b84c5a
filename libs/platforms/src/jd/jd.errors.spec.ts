import { JdFault, toPlatformError } from './jd.errors';

const of = (fault: Partial<JdFault>, isWrite = false) =>
  toPlatformError({ layer: 'gateway', ...fault }, { method: 'jingdong.x', isWrite });

/** code, kind, reason, whether a write may be done (JD sheet §4). */
const GATEWAY: readonly [string, string, string?, boolean?][] = [
  ['1', 'transient', undefined, true],
  ['2', 'rate-limited'],
  ['3', 'rejected', 'permission'],
  ...[
    '4',
    '5',
    '6',
    '7',
    '9',
    '10',
    '11',
    '13',
    '14',
    '15',
    '16',
    '18',
    '26',
    '27',
    '50',
    '60',
    '61',
    '62',
    '63',
    '68',
    '77',
    '83',
    '1100',
  ].map((code) => [code, 'rejected', 'bad-request'] as [string, string, string]),
  ['8', 'transient', 'clock'],
  ['12', 'rejected', 'configuration'],
  ['17', 'already-done'],
  ['19', 'reauthorise'],
  ...['20', '21', '25', '73', '74', '75', '80', '85', '86', '87', '89', '92'].map(
    (code) => [code, 'rejected', 'configuration'] as [string, string, string],
  ),
  ...['22', '24', '79', '88', '90', '91', '2001'].map(
    (code) => [code, 'rejected', 'permission'] as [string, string, string],
  ),
  ['23', 'transient'],
  ...['28', '64', '72'].map((code) => [code, 'rejected', 'unsupported'] as [string, string, string]),
  ['32', 'rate-limited'],
  ...['43', '65', '66', '67', '70', '78'].map(
    (code) => [code, 'transient', undefined, true] as [string, string, undefined, boolean],
  ),
  ['69', 'transient'],
  ['71', 'not-found'],
  ['4711', 'transient', undefined, true],
];

describe('the codes of the gateway', () => {
  it.each(GATEWAY.map((row) => ({ row })))('$row.0 is $row.1', ({ row: [code, kind, reason, mayBeDone = false] }) => {
    const error = of({ code }, true);
    expect([error.kind, error.facts.reason, error.outcomeUnknown]).toEqual([kind, reason, mayBeDone]);
    expect(error.facts.platformCode).toBe(code);
    expect(of({ code }).outcomeUnknown).toBe(false);
  });

  it('waits a second after a burst and an hour after the quota or an upgrade', () => {
    expect(of({ code: '32' }).retryAfterMs).toBe(1_000);
    expect(of({ code: '32' }).facts.banScope).toBe('method');
    expect(of({ code: '2' }).retryAfterMs).toBe(3_600_000);
    expect(of({ code: '23' }).retryAfterMs).toBe(3_600_000);
  });

  it('reads the demand to move into JD cloud from its text as well', () => {
    const error = of({ code: '5555', text: '请将应用迁入云鼎' });
    expect([error.kind, error.facts.reason]).toEqual(['rejected', 'configuration']);
    expect(error.message).toContain('JD_GATEWAY_URL');
  });

  it('says what to do', () => {
    expect(of({ code: '19' }).message).toContain('authorise the shop again');
    expect(of({ code: '8' }).message).toContain('clock');
    expect(of({ code: '12' }).message).toContain('secret');
    expect(of({ code: '22' }).message).toContain('main account');
    expect(of({ code: '24' }).message).toContain('authorising again does not help');
    expect(of({ code: '87' }).message).toContain('another app key');
    expect(of({ code: '90' }).message).toContain('flagged');
    expect(of({ code: '21' }).message).toContain('console');
  });
});

describe('refusals inside of a success', () => {
  it.each([
    ['该订单正在出库中', 'transient', undefined, true],
    ['订单已出库', 'already-done', undefined, false],
    ['订单已经发货', 'already-done', undefined, false],
    ['运单没有在青龙系统生成', 'transient', undefined, false],
    ['商品正在促销，价格锁定', 'rejected', 'locked', false],
    ['订单不存在', 'not-found', undefined, false],
    ['商品已被删除', 'not-found', undefined, false],
    ['系统繁忙，请稍后再试', 'transient', undefined, true],
    ['没有权限', 'rejected', 'permission', false],
    ['订单状态不正确', 'rejected', 'state', false],
    ['参数不合法', 'rejected', 'bad-request', false],
  ] as const)('"%s" is %s %s', (text, kind, reason, mayBeDone) => {
    const error = of({ layer: 'business', text }, true);
    expect([error.kind, error.facts.reason, error.outcomeUnknown]).toEqual([kind, reason, mayBeDone]);
    expect(error.facts.platformSubCode).toBe(text);
  });

  it.each([
    ['999999', 'transient', undefined],
    ['99999999', 'transient', undefined],
    ['70', 'transient', undefined],
    ['71', 'not-found', undefined],
    ['11100010', 'rejected', 'state'],
    ['11200025', 'not-found', undefined],
    ['11201056', 'rejected', 'bad-request'],
    ['11201093', 'rejected', 'locked'],
  ] as const)('code %s is %s %s', (code, kind, reason) => {
    const error = of({ layer: 'business', code });
    expect([error.kind, error.facts.reason]).toEqual([kind, reason]);
  });

  it('does not take a code of the gateway’s table for its own: 19 inside means nothing', () => {
    expect(of({ layer: 'business', code: '19' }).kind).toBe('rejected');
  });
});
