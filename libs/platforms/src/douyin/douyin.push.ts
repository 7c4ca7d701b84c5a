import { PlatformError, PushCall, PushKind, PushMessage, WebhookReply, WebhookRequest } from '../port';
import { Json, JsonObject, asObject, asText, parseAnswer } from '../kit/answer.json';
import { SignMethod, eventSign, isSameSign } from './douyin.signer';
import { idOf, instantOf, present } from './douyin.values';

/** What the platform reads as success; anything else is sent again (Douyin sheet §11.1). */
const ACK: WebhookReply = { status: 200, contentType: 'application/json', body: '{"code":0,"msg":"success"}' };
/** The console's check of the address; it names nothing. */
const CHECK = '0';

const ORDER_TAGS = ['100', '101', '102', '103', '104', '105', '106', '108', '109', '110', '111', '112', '113', '126'];
const LISTING_TAGS = ['400', '417'];
/** Tags 200 to 227 speak of after-sales, arbitration included (Douyin sheet §11.3). */
const AFTER_SALE_TAG = /^2[0-2]\d$/;

/** Times of a message, the one of the event first; the rest of the data is no truth (Douyin sheet §11.3). */
const TIMES = [
  'update_time',
  'pay_time',
  'create_time',
  'complete_time',
  'cancel_time',
  'modify_time',
  'apply_time',
  'agree_time',
  'return_time',
  'refuse_time',
  'success_time',
  'close_time',
];

/**
 * Takes a delivery of the platform: the sign over the raw bytes first, then the messages in every form that was seen: a
 * list or one object, `data` as a text or an object (Douyin sheet §11.1). Throws `rejected` for a wrong sign.
 */
export async function receiveDouyinPush(
  call: PushCall,
  request: WebhookRequest,
): Promise<{ messages: PushMessage[]; reply: WebhookReply }> {
  assertSigned(call, request);
  const body = parseBody(request.rawBody);
  const messages = (Array.isArray(body) ? body : [body]).map(asObject);
  const speaking = messages.filter((message) => tagOf(message) !== CHECK && tagOf(message) !== '');
  return { messages: speaking.map(mapMessage), reply: ACK };
}

/** By the header, else by the length: 32 hex are MD5, 64 are HMAC (Douyin sheet §11.2). */
function assertSigned({ app }: PushCall, request: WebhookRequest): void {
  const header = (name: string): string => request.headers[name] ?? '';
  if (header('app-id') !== '' && header('app-id') !== app.appKey)
    throw refused('the message is of another app; send it to that app’s own address');
  const stated = header('event-sign');
  const method = methodOf(header('sign-method'), stated);
  if (method === undefined || !isSameSign(eventSign(app, request.rawBody, method), stated))
    throw refused('its event-sign does not fit the body; check the app secret');
}

function methodOf(header: string, stated: string): SignMethod | undefined {
  if (/hmac/i.test(header)) return 'hmac-sha256';
  if (/md5/i.test(header)) return 'md5';
  if (/^[0-9a-f]{64}$/i.test(stated)) return 'hmac-sha256';
  return /^[0-9a-f]{32}$/i.test(stated) ? 'md5' : undefined;
}

function parseBody(bytes: Buffer): Json {
  try {
    return parseAnswer(bytes.toString('utf8'));
  } catch (error) {
    if (!(error instanceof SyntaxError) && !(error instanceof RangeError)) throw error;
    throw refused('it is signed, but its body is no JSON');
  }
}

function tagOf(message: JsonObject): string {
  return asText(message['tag']) ?? '';
}

/** Ids arrive as numbers of 19 digits or as texts (Douyin sheet §11.3). */
function mapMessage(message: JsonObject): PushMessage {
  const tag = tagOf(message);
  const data = dataOf(message['data']);
  const id = asText(message['msg_id']) ?? asText(message['msgId']) ?? '';
  const listed = TIMES.map((name) => instantOf(data[name]));
  return {
    messageId: `${tag}:${id}`,
    topic: tag,
    kind: kindOf(tag),
    ...present({
      platformShopId: idOf(data['shop_id']),
      platformOrderNo: idOf(data['p_id']),
      platformAfterSaleNo: idOf(data['aftersale_id']),
      listingId: idOf(data['product_id']),
      publishedAt: listed.find((time) => time !== undefined),
    }),
  };
}

function dataOf(value: Json): JsonObject {
  if (typeof value !== 'string') return asObject(value);
  try {
    return asObject(parseAnswer(value));
  } catch (error) {
    if (!(error instanceof SyntaxError) && !(error instanceof RangeError)) throw error;
    // Messages only trigger a pull, and the change windows find the order without them.
    return {};
  }
}

function kindOf(tag: string): PushKind {
  if (ORDER_TAGS.includes(tag)) return 'order';
  if (AFTER_SALE_TAG.test(tag)) return 'after-sale';
  return LISTING_TAGS.includes(tag) ? 'listing' : 'other';
}

function refused(why: string): PlatformError {
  return new PlatformError('rejected', `A push message of Douyin is refused: ${why}.`, {
    platform: 'douyin',
    method: 'push',
    reason: 'bad-request',
  });
}
