import { sumFen } from '@app/shared';
import { CanonicalPresale } from '@app/contracts/canonical';
import { JsonObject, asFlag, asText } from '../kit/answer.json';
import { fenOf, rowsOf } from './douyin.values';

/** The deposit is paid, the rest is open (Douyin sheet §6, main_status). */
const DEPOSIT_PAID = '103';
/** Full payment and stepped shipping (Douyin sheet §5.6, pre_sale_type). */
const FULL_PRESALES = ['1', '2'];

/** What was paid over the steps of a deposit pre-sale so far. */
export function paidInSteps(order: JsonObject): { paidFen: number } {
  const paid = rowsOf(order['order_phase_list']).filter((phase) => asFlag(phase['pay_success']));
  return { paidFen: sumFen(paid.map((phase) => fenOf(phase, 'phase_pay_amount'))) };
}

/** Pre-sale of an order: by deposit (Douyin sheet §5.8), or paid at once and shipped later. */
export function presaleOf(
  order: JsonObject,
  lines: readonly JsonObject[],
  isPaid: boolean,
): CanonicalPresale | undefined {
  const phases = rowsOf(order['order_phase_list']);
  if (phases.length > 0 || asText(order['main_status']) === DEPOSIT_PAID) {
    const isFirst = (phase: JsonObject): boolean => asText(phase['current_phase']) === '1';
    const isLast = (phase: JsonObject): boolean => asText(phase['current_phase']) === asText(phase['total_phase']);
    const allPaid = (some: readonly JsonObject[]): boolean =>
      some.length > 0 && some.every((phase) => asFlag(phase['pay_success']));
    const { paidFen } = paidInSteps(order);
    return {
      kind: 'deposit',
      depositPaid: isPaid || asText(order['main_status']) === DEPOSIT_PAID || allPaid(phases.filter(isFirst)),
      finalPaid: isPaid || allPaid(phases.filter(isLast)),
      ...(paidFen !== 0 && { paidSoFarFen: paidFen }),
    };
  }
  if (!lines.some((line) => FULL_PRESALES.includes(asText(line['pre_sale_type']) ?? ''))) return undefined;
  return { kind: 'full', depositPaid: isPaid, finalPaid: isPaid };
}
