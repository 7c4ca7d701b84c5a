import { CanonicalAfterSale } from '@app/contracts/canonical';
import { toShanghaiIso } from '@app/shared';
import { PlatformError } from '../port';
import { Json, JsonObject, asInteger, asObject, asText, cleanText } from '../kit/answer.json';
import { afterSaleKindOf, afterSaleStateOf, comesBack } from './douyin.status';
import { Fetch, fenOf, has, idOf, instantOf, nonEmpty, present, rowsOf } from './douyin.values';

/** What the configuration says about refunds. */
export interface RefundRules {
  refundHoldsPost: boolean;
}

/** One after-sale in the shape of the list: `aftersale_info`, `order_info`, `text_part` (Douyin sheet §7.2). */
interface Parts {
  info: JsonObject;
  order: JsonObject;
  lines: JsonObject[];
  text: JsonObject;
  /** Parcel in which the goods come back. */
  back: JsonObject;
}

/** A whole order, not one of its lines (Douyin sheet §7.1, aftersale_order_type). */
const WHOLE_ORDER = '2';
const NOT_SHIPPED = '2';
const COMPLETED = '5';

/** Raw row of `afterSale.List` → canonical after-sale. */
export function mapListedAfterSale(row: JsonObject, fetch: Fetch, rules: RefundRules): CanonicalAfterSale {
  const info = asObject(row['aftersale_info']);
  const order = asObject(row['order_info']);
  const back = { tracking_no: info['return_logistics_code'], company_name: info['return_logistics_company_name'] };
  const text = asObject(row['text_part']);
  return mapAfterSale({ info, order, lines: rowsOf(order['related_order_info']), text, back }, fetch, rules);
}

/** `data` of `afterSale.Detail` → canonical after-sale; there the names begin with `after_sale_` (Douyin sheet §7.3). */
export function mapAfterSaleDetail(data: JsonObject, fetch: Fetch, rules: RefundRules): CanonicalAfterSale {
  const process = asObject(data['process_info']);
  const info = asObject(process['after_sale_info']);
  const order = asObject(data['order_info']);
  const back = asObject(asObject(process['logistics_info'])['return']);
  return mapAfterSale({ info, order, lines: rowsOf(order['sku_order_infos']), text: {}, back }, fetch, rules);
}

/** Number of an after-sale in either form; undefined when it names none. */
export function afterSaleNoOf(info: JsonObject): string | undefined {
  return idOf(field(info, 'id'));
}

function field(info: JsonObject, name: string): Json {
  return info[`aftersale_${name}`] ?? info[`after_sale_${name}`];
}

function mapAfterSale(parts: Parts, fetch: Fetch, rules: RefundRules): CanonicalAfterSale {
  const { info, order, lines, text, back } = parts;
  const platformAfterSaleNo = afterSaleNoOf(info);
  const platformOrderNo = idOf(order['shop_order_id'])?.replace(/A$/, '');
  if (platformAfterSaleNo === undefined || platformOrderNo === undefined)
    throw new PlatformError(
      'transient',
      'An after-sale of the answer lacks its own or its order’s number; read again.',
      {
        platform: 'douyin',
        method: 'afterSale.List',
      },
    );
  const type = asText(field(info, 'type'));
  const rawStatus = asText(field(info, 'status')) ?? '';
  const createdAt = instantOf(info['apply_time']) ?? instantOf(info['create_time']);
  const modifiedAt = instantOf(info['update_time']) ?? createdAt ?? toShanghaiIso(fetch.startedAt);
  const waybillNo = asText(back['tracking_no'])?.slice(0, 128);
  return {
    platformAfterSaleNo,
    platformOrderNo,
    kind: afterSaleKindOf(type),
    state: afterSaleStateOf(rawStatus, asText(info['refund_status'])),
    rawStatus: rawStatus.slice(0, 128),
    refundFen: refundOf(info, rules),
    goodsComeBack: comesBack(type),
    createdAt: createdAt ?? modifiedAt,
    modifiedAt,
    fetchedAt: toShanghaiIso(fetch.doneAt),
    fetchStartedAt: toShanghaiIso(fetch.startedAt),
    currency: 'CNY',
    raw: fetch.raw,
    ...present({
      platformLineNo: lineOf(info, lines),
      phase: phaseOf(type, lines),
      // The action calls want the version that was seen (Douyin sheet §7.4).
      platformVersion: asText(info['update_time'])?.slice(0, 64),
      quantity: quantityOf(info, lines),
      reason: cleanText(text['reason_text'], 1_024) ?? cleanText(info['reason'], 1_024),
      description: cleanText(info['reason_remark']) ?? cleanText(info['remark']),
      returnParcel:
        waybillNo === undefined
          ? undefined
          : { waybillNo, ...present({ carrier: cleanText(back['company_name'], 128) }) },
      deadlineAt: instantOf(info['status_deadline']),
      forbids: nonEmpty(disputeOf(info)),
    }),
  };
}

/** What the buyer gets back, freight included. A detail states the sum; a list states the parts. */
function refundOf(info: JsonObject, rules: RefundRules): number {
  if (has(info, 'refund_total_amount')) return fenOf(info, 'refund_total_amount');
  return fenOf(info, 'refund_amount') + (rules.refundHoldsPost ? 0 : fenOf(info, 'refund_post_amount'));
}

/** A line is named only when the after-sale speaks of one alone. */
function lineOf(info: JsonObject, lines: readonly JsonObject[]): string | undefined {
  const numbers = lines.map((line) => idOf(line['sku_order_id'])).filter((no) => no !== undefined);
  if (numbers.length === 1) return numbers[0];
  const isWhole = asText(field(info, 'order_type')) === WHOLE_ORDER;
  return numbers.length > 1 || isWhole ? undefined : idOf(info['related_id']);
}

function quantityOf(info: JsonObject, lines: readonly JsonObject[]): number | undefined {
  const stated = asInteger(info['aftersale_num']) ?? asInteger(info['after_sale_apply_count']);
  const [line] = lines;
  if (stated !== undefined || lines.length !== 1) return stated;
  return asInteger(line!['aftersale_item_num']) ?? asInteger(line!['after_sale_item_count']);
}

/** The money reaches the shop after completion (Douyin sheet §12.1); a closed line does not tell when it was closed. */
function phaseOf(type: string | undefined, lines: readonly JsonObject[]): CanonicalAfterSale['phase'] {
  if (type === NOT_SHIPPED) return 'before_completion';
  const states = lines.map((line) => asText(line['order_status']));
  if (states.length === 0 || states.some((state) => state === undefined)) return undefined;
  if (states.every((state) => state === COMPLETED)) return 'after_completion';
  return states.every((state) => ['2', '101', '3'].includes(state!)) ? 'before_completion' : undefined;
}

/** While the platform arbitrates, only a person in the seller console can act (Douyin sheet §7.1). */
function disputeOf(info: JsonObject): { code: string; text: string }[] {
  const status = asText(info['arbitrate_status']);
  if (status === undefined || !['1', '4', '5'].includes(status)) return [];
  return [{ code: `arbitrate_status_${status}`, text: 'Douyin arbitrates this after-sale' }];
}
