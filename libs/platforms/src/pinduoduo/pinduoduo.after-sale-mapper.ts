import { CanonicalAfterSale } from '@app/contracts/canonical';
import { toShanghaiIso } from '@app/shared';
import { Json, JsonObject, asInteger, asObject, asText, cleanText } from '../kit/answer.json';
import { PlatformError } from '../port';
import { afterSaleKindOf, afterSaleStateOf, isParcelComingBack } from './pinduoduo.status';
import { Fetch, present, timeOf, yuanTextToFen } from './pinduoduo.values';

/** Kinds in which the buyer sends something back. */
const RETURNS: readonly string[] = ['return_refund', 'exchange', 'repair'];

/** Row of the refund list → canonical after-sale: yuan texts, Shanghai times, type coding of the list (Pinduoduo sheet §7.2, §7.4). */
export function mapListedAfterSale(row: JsonObject, fetch: Fetch): CanonicalAfterSale {
  const refundFen = yuanTextToFen(asText(row['refund_amount']) ?? '0');
  const createdAt = timeOf(row, 'created_time');
  const modifiedAt = timeOf(row, 'updated_time') ?? createdAt ?? toShanghaiIso(fetch.startedAt);
  return mapAfterSale(row, fetch, {
    refundFen,
    createdAt: createdAt ?? modifiedAt,
    modifiedAt,
    kind: afterSaleKindOf(asText(row['after_sales_type']), 'list'),
    reason: row['after_sale_reason'],
    returnNo: asText(row['tracking_number']),
  });
}

/**
 * Detail → canonical after-sale: fen unless told otherwise, times in ms, type coding of its own (Pinduoduo sheet §7.3,
 * §7.4). `recreated_at` is the only time of asking that it states.
 */
export function mapAfterSaleDetail(root: JsonObject, fetch: Fetch, unit: string): CanonicalAfterSale {
  const stated = asText(root['refund_amount']) ?? '0';
  const createdAt = instantOf(root['recreated_at']);
  const modifiedAt = timeOf(root, 'updated_time') ?? createdAt ?? toShanghaiIso(fetch.startedAt);
  return mapAfterSale(root, fetch, {
    refundFen: unit === 'yuan' ? yuanTextToFen(stated) : asInteger(stated.replace(/\.0+$/, '')),
    createdAt: createdAt ?? modifiedAt,
    modifiedAt,
    kind: afterSaleKindOf(asText(root['after_sales_type']), 'detail'),
    reason: root['after_sales_reason'],
    returnNo: returnNoOf(root),
    deadlineAt: instantOf(root['expire_time']),
    description: cleanText(root['remark']),
    forbids:
      asText(root['join_or_not']) === '1'
        ? [{ code: 'join_or_not', text: 'Pinduoduo has stepped in; it decides this after-sale' }]
        : undefined,
  });
}

interface Stated {
  refundFen: number | undefined;
  createdAt: string;
  modifiedAt: string;
  kind: CanonicalAfterSale['kind'];
  reason: Json;
  returnNo?: string;
  deadlineAt?: string;
  description?: string;
  forbids?: CanonicalAfterSale['forbids'];
}

function mapAfterSale(row: JsonObject, fetch: Fetch, stated: Stated): CanonicalAfterSale {
  const platformAfterSaleNo = asText(row['id']);
  const platformOrderNo = asText(row['order_sn']);
  if (platformAfterSaleNo === undefined || platformOrderNo === undefined)
    throw new PlatformError('transient', 'An after-sale of the answer lacks id or order_sn; read the list again.', {
      platform: 'pinduoduo',
      method: 'pdd.refund.list.increment.get',
    });
  const rawStatus = asText(row['after_sales_status']) ?? '';
  const { kind, returnNo, reason, refundFen, ...rest } = stated;
  return {
    platformAfterSaleNo,
    platformOrderNo,
    kind,
    // An amount that cannot be read must not book anything, but the after-sale must not be lost either.
    state:
      refundFen === undefined
        ? 'unknown'
        : afterSaleStateOf(rawStatus, returnNo !== undefined && kind !== 'refund_only'),
    rawStatus: rawStatus.slice(0, 128),
    refundFen: refundFen ?? 0,
    goodsComeBack: RETURNS.includes(kind) || isParcelComingBack(rawStatus),
    createdAt: rest.createdAt,
    modifiedAt: rest.modifiedAt,
    fetchedAt: toShanghaiIso(fetch.doneAt),
    fetchStartedAt: toShanghaiIso(fetch.startedAt),
    currency: 'CNY',
    raw: fetch.raw,
    ...present({
      quantity: asInteger(row['goods_number']),
      reason: cleanText(reason, 1_024),
      description: rest.description,
      deadlineAt: rest.deadlineAt,
      forbids: rest.forbids,
      returnParcel:
        returnNo === undefined
          ? undefined
          : { waybillNo: returnNo.slice(0, 128), ...present({ carrier: cleanText(row['shipping_name'], 128) }) },
    }),
  };
}

/** The buyer's parcel: `express_no`, for an exchange the number that the buyer sends back with. */
function returnNoOf(root: JsonObject): string | undefined {
  return (
    asText(root['express_no']) ?? asText(asObject(root['exchange_shipping_detail'])['customer_send_back_trunk_number'])
  );
}

/** Epoch ms → ISO; 0, null and anything that is no number mean that there is none. */
function instantOf(value: Json): string | undefined {
  const ms = asInteger(value);
  return ms === undefined || ms <= 0 || ms > 8.64e15 ? undefined : toShanghaiIso(new Date(ms));
}
