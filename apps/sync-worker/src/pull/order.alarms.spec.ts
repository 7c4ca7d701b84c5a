import { CANONICAL_ORDER_EXAMPLE, type CanonicalOrder } from '@app/contracts';
import { troublesOf } from './order.alarms';

const order = (change: Partial<CanonicalOrder> = {}): CanonicalOrder => ({ ...CANONICAL_ORDER_EXAMPLE, ...change });
const kindsOf = (...args: Parameters<typeof troublesOf>) => troublesOf(...args).map(({ kind }) => kind);

describe('alarms about single orders', () => {
  it('says nothing of an order that is as it should be', () => {
    expect(kindsOf(order(), 'stored')).toEqual([]);
  });

  it('names the unknown status and the order', () => {
    const [alarm] = troublesOf(order({ platformState: 'unknown', rawStatus: 'MOON' }), 'updated');
    expect(alarm).toMatchObject({ kind: 'UNKNOWN_STATUS' });
    expect(alarm!.message).toMatch(/MOON.*2231958349212345678/);
  });

  it('names amounts that do not agree, of the order or of its lines, but no rounding', () => {
    const { amounts, lines } = CANONICAL_ORDER_EXAMPLE;
    const payable = (payableFen: number) => order({ amounts: { ...amounts, payableFen } });
    expect(kindsOf(payable(-1_200), 'stored')).toEqual(['AMOUNT_MISMATCH']);
    expect(kindsOf(payable(amounts.payableFen + 100), 'stored')).toEqual([]);
    const dear = lines.map((line, index) => (index === 0 ? { ...line, paidFen: line.paidFen + 500 } : line));
    expect(kindsOf(order({ lines: dear }), 'stored')).toEqual(['AMOUNT_MISMATCH']);
  });

  it('says of an order that could not be stored only that it is set aside', () => {
    expect(kindsOf(order({ platformState: 'unknown' }), 'parked')).toEqual(['ORDER_PARKED']);
  });
});
