import { toShanghaiIso } from '@app/shared';
import { JsonObject, asInteger, asText } from '../kit/answer.json';
import { PushKind, PushMessage } from '../port';

/** Topics by their beginning (Pinduoduo sheet §11.4). A service promise names no order, so nothing can be pulled for it. */
const KINDS: readonly (readonly [string, PushKind])[] = [
  ['pdd_trade_', 'order'],
  ['pdd_refund_', 'after-sale'],
  ['pdd_goods_', 'listing'],
];

/** What a message names. Keys beside those of the sheet's samples are UNCONFIRMED; none is needed. */
export function mapPushMessage(message: {
  id: string;
  type: string;
  content: JsonObject;
  mallId?: string;
  time?: string;
}): PushMessage {
  const { content } = message;
  const platformShopId = message.mallId ?? asText(content['mall_id']);
  const platformOrderNo = asText(content['tid']) ?? asText(content['order_sn']);
  const platformAfterSaleNo = asText(content['refund_id']);
  const listingId = asText(content['goods_id']);
  const publishedMs = asInteger(message.time);
  return {
    messageId: message.id,
    topic: message.type,
    kind: KINDS.find(([prefix]) => message.type.startsWith(prefix))?.[1] ?? 'other',
    ...(platformShopId !== undefined && { platformShopId }),
    ...(platformOrderNo !== undefined && { platformOrderNo }),
    ...(platformAfterSaleNo !== undefined && { platformAfterSaleNo }),
    ...(listingId !== undefined && { listingId }),
    ...(publishedMs !== undefined && publishedMs > 0 && { publishedAt: toShanghaiIso(new Date(publishedMs)) }),
  };
}
