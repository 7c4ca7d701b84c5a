import { LosslessNumber, stringify } from 'lossless-json';
import { JsonObject, asObject, asText, parseAnswer } from '../kit/answer.json';
import { PushMessage } from '../port';
import { mapPushMessage } from './pinduoduo.push-mapper';

/** A frame of the message socket; anything else that the platform may send is `other` (Pinduoduo sheet §11.3). */
export type PushFrame =
  | { kind: 'message'; id: string; sendTime?: string; type: string; mallId?: string; message: PushMessage }
  | { kind: 'heartbeat' }
  | { kind: 'other' };

/** Longest reason that the platform takes (Pinduoduo sheet §11.3). */
const LONGEST_REASON = 1_000;

/** Reads a frame. Ids are 64-bit integers, so numbers stay text. Throws SyntaxError for what is no JSON. */
export function readFrame(text: string): PushFrame {
  const frame = asObject(parseAnswer(text));
  const command = asText(frame['commandType']);
  if (command === 'HeartBeat') return { kind: 'heartbeat' };
  const id = asText(frame['id']);
  const message = asObject(frame['message']);
  const type = asText(message['type']);
  if (command !== 'Common' || id === undefined || type === undefined) return { kind: 'other' };
  const mallId = asText(message['mallID']);
  const sendTime = asText(frame['sendTime']);
  return {
    kind: 'message',
    id,
    type,
    ...(sendTime !== undefined && { sendTime }),
    ...(mallId !== undefined && { mallId }),
    message: mapPushMessage({
      id,
      type,
      content: contentOf(message),
      ...(mallId !== undefined && { mallId }),
      ...(asText(frame['time']) !== undefined && { time: asText(frame['time'])! }),
    }),
  };
}

/** `content` is a JSON text inside of the JSON; one that cannot be read still names its topic and shop. */
function contentOf(message: JsonObject): JsonObject {
  const content = message['content'];
  if (typeof content !== 'string') return asObject(content);
  try {
    return asObject(parseAnswer(content));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    // Messages only trigger a pull, and the change windows find the order without them.
    return {};
  }
}

/** The answer to a message: taken, or left to be delivered again with the reason. */
export function writeAck(frame: Extract<PushFrame, { kind: 'message' }>, nowMs: number, failReason?: string): string {
  return write({
    id: numberOf(frame.id),
    commandType: failReason === undefined ? 'Ack' : 'Fail',
    time: nowMs,
    ...(frame.sendTime !== undefined && { sendTime: numberOf(frame.sendTime) }),
    type: frame.type,
    ...(frame.mallId !== undefined && { mallID: numberOf(frame.mallId) }),
    ...(failReason !== undefined && { failReason: failReason.toWellFormed().slice(0, LONGEST_REASON) }),
  });
}

/** The heartbeat that the client sends every few seconds. */
export function writeHeartbeat(nowMs: number): string {
  return write({ id: nowMs, commandType: 'HeartBeat', time: nowMs });
}

/** Every digit as it came; a text that is no number goes back as a text. */
function numberOf(text: string): LosslessNumber | string {
  return /^-?\d+$/.test(text) ? new LosslessNumber(text) : text;
}

function write(frame: Record<string, unknown>): string {
  return stringify(frame) ?? '';
}
