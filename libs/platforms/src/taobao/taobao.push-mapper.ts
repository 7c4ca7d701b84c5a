import { toShanghaiIso } from '@app/shared';
import { PushKind, PushMessage } from '../port';
import { JsonObject, asObject, asText, parseAnswer } from '../kit/answer.json';

/** A message of the socket or of `tmc.messages.consume`, in one shape. */
export interface TmcMessage {
  id: string;
  topic: string;
  /** JSON text. */
  content: string;
  userId?: string;
  publishedAt?: Date;
}

/** Topic prefixes (Taobao sheet §11.2); the first match decides. `LogsticDetailTrace` is the platform's spelling. */
const KINDS: readonly (readonly [RegExp, PushKind])[] = [
  [/^taobao_top_AuthCancel$/, 'authorisation-cancelled'],
  [/^taobao_(refund|dispute)_|^tmall_refund_/, 'after-sale'],
  [/^taobao_item_/, 'listing'],
  [/^taobao_logistics_LogsticDetailTrace$/, 'tracking'],
  [/^taobao_trade_|^taobao_modifyaddress_|^taobao_modifysku_/, 'order'],
];

/** What a message names; a content that cannot be read still names its topic and shop. */
export function mapPushMessage(message: TmcMessage): PushMessage {
  const content = readContent(message.content);
  const platformOrderNo = asText(content['tid']) ?? asText(content['biz_order_id']);
  // A dispute_id names an exchange, whose list is another one (Taobao sheet §7.1); its order is pulled all the same.
  const platformAfterSaleNo = asText(content['refund_id']);
  const listingId = asText(content['num_iid']);
  const platformShopId = message.userId ?? asText(content['user_id']);
  return {
    messageId: message.id,
    topic: message.topic,
    kind: KINDS.find(([pattern]) => pattern.test(message.topic))?.[1] ?? 'other',
    ...(platformShopId !== undefined && { platformShopId }),
    ...(platformOrderNo !== undefined && { platformOrderNo }),
    ...(platformAfterSaleNo !== undefined && { platformAfterSaleNo }),
    ...(listingId !== undefined && { listingId }),
    ...(message.publishedAt && { publishedAt: toShanghaiIso(message.publishedAt) }),
  };
}

function readContent(text: string): JsonObject {
  try {
    return asObject(parseAnswer(text));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    // Messages only trigger a pull, and the change windows find the order without them.
    return {};
  }
}
