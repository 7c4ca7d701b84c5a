import { csvHead, csvLine, EXPORT_COLUMNS, harmless } from './export.rules';
import type { LineRow } from './reconciliation.repository';

const LINE: LineRow = {
  lineNo: 1,
  class: 'amount_differs',
  platformOrderNo: '2231958349212345678',
  orderId: 'ord_1',
  entryKind: null,
  expectedFen: 10_000,
  billedFen: 9_995,
  expectedFeeFen: -5,
  billedFeeFen: -5,
  billFile: '=HYPERLINK("http://x")',
  billRow: 7,
  dueAt: new Date('2026-11-30T16:00:00Z'),
  owner: '李娜',
  resolution: '-1+1',
  note: 'a,"b"',
  version: 1,
};

describe('an export of a reconciliation', () => {
  it('[S2] begins with the mark of UTF-8 and writes yuan with two decimals, ids as text', () => {
    expect(csvHead().startsWith('\uFEFF类别 class,')).toBe(true);
    expect(csvHead().trim().split(',')).toHaveLength(EXPORT_COLUMNS.length);
    expect(csvLine(LINE)).toBe(
      'amount_differs,2231958349212345678\t,,100.00,99.95,-0.05,-0.05,-0.05,"\'=HYPERLINK(""http://x"")",7,2026-12-01 00:00:00,李娜,\'-1+1,"a,""b"""\r\n',
    );
  });

  it.each(['=1+1', '+1', '-1', '@SUM(A1)', '＝1', ' =1', '\t=1', '\r=1', '\n1'])('[S2] makes %j harmless', (text) => {
    expect(harmless(text)).toBe(`'${text}`);
  });

  it('[S2] leaves other texts as they are', () => {
    expect(['', 'a=b', '订单', '1-2'].map(harmless)).toEqual(['', 'a=b', '订单', '1-2']);
  });
});
