import { daysWithin, entriesOf, keyed, newestBillDay, periodOf, postingPeriod } from './bill.rules';

const row = {
  rowNo: 1,
  flowNo: '',
  businessNo: 'b',
  merchantOrderNo: '',
  occurredAt: '',
  inFen: 0,
  outFen: 5,
  businessType: '收费',
  remark: '',
  entryKind: 'payment_fee' as const,
};

describe('rules of bills', () => {
  it('[S1] knows a row by its flow number, else by number, type, amount and time, and loses none of several equals', () => {
    const at = '2026-11-05T10:00:00+08:00';
    const bare = { ...row, occurredAt: at };
    const later = { ...bare, occurredAt: '2026-11-06T10:00:00+08:00' };
    expect(keyed([{ ...row, flowNo: '7' }, bare, bare, later]).map(({ lineKey }) => lineKey)).toEqual([
      'f:7',
      `b:b|收费|0|5|${at}`,
      `b:b|收费|0|5|${at}|2`,
      `b:b|收费|0|5|${later.occurredAt}`,
    ]);
    expect(keyed([later])[0]!.lineKey).toBe(keyed([bare, later])[1]!.lineKey);
  });

  it('[S26] books two entries that add up to zero', () => {
    expect(entriesOf(row)).toEqual([
      { account: 'wallet', amountFen: -5 },
      { account: 'fee:payment_fee', amountFen: 5 },
    ]);
    expect(entriesOf({ inFen: 0, outFen: 0, entryKind: 'interest' })).toEqual([
      { account: 'wallet', amountFen: 0 },
      { account: 'interest', amountFen: 0 },
    ]);
  });

  it('[S25] posts into the own month in Asia/Shanghai, or into the next open one, over the turn of the year', () => {
    expect(periodOf(new Date('2026-11-30T16:00:00Z'))).toBe('2026-12');
    expect(postingPeriod('2026-11', new Set())).toEqual({ period: '2026-11', lateFor: null });
    expect(postingPeriod('2026-11', new Set(['2026-11', '2026-12']))).toEqual({
      period: '2027-01',
      lateFor: '2026-11',
    });
  });

  it('[S1] counts whole days of a span alone', () => {
    expect(daysWithin('2026-11-01T00:00:00+08:00', '2026-11-03T00:00:00+08:00')).toEqual(['2026-11-01', '2026-11-02']);
    expect(daysWithin('2026-11-01T00:00:00+08:00', '2026-11-01T23:59:59+08:00')).toEqual(['2026-11-01']);
    expect(daysWithin('2026-11-01T10:00:00+08:00', '2026-11-03T00:00:00+08:00')).toEqual(['2026-11-02']);
    expect(daysWithin('2026-11-01T10:00:00+08:00', '2026-11-02T20:00:00+08:00')).toEqual([]);
    expect(daysWithin('2026-11-01T10:00:00+08:00', '2026-11-03T10:00:00+08:00')).toEqual(['2026-11-02']);
  });

  it('[S1] expects the bill of a day from nine o’clock of the next one on', () => {
    expect(newestBillDay(new Date('2026-11-12T08:59:59+08:00'))).toBe('2026-11-10');
    expect(newestBillDay(new Date('2026-11-12T09:00:00+08:00'))).toBe('2026-11-11');
  });
});
