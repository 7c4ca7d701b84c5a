import { shanghaiToIso } from '@app/shared';
import { asText } from '../kit/answer.json';
import { PlatformCall, PlatformError, ServerTime } from '../port';
import { PinduoduoClient } from './pinduoduo.client';

const METHOD = 'pdd.time.get';

/** The platform's clock against ours; asked for without a token (Pinduoduo sheet §1.1). */
export async function readServerTime(client: PinduoduoClient, call: PlatformCall): Promise<ServerTime> {
  const { root, sentAt, receivedAt } = await client.call(call, { method: METHOD, params: {}, needsSession: false });
  const stated = asText(root['time']);
  const told = timeOf(stated);
  if (told === undefined)
    throw new PlatformError('transient', `Pinduoduo answered the time as "${stated ?? ''}", which cannot be read.`, {
      platform: 'pinduoduo',
      method: METHOD,
    });
  const middle = (sentAt.getTime() + receivedAt.getTime()) / 2;
  return {
    platformTime: told.at,
    // A text of whole seconds is half a second behind on average.
    skewMs: Math.round(told.at.getTime() + told.restMs - middle),
    roundTripMs: receivedAt.getTime() - sentAt.getTime(),
  };
}

/** The form is UNCONFIRMED: Shanghai time as text, epoch seconds, or epoch milliseconds. */
function timeOf(stated: string | undefined): { at: Date; restMs: number } | undefined {
  if (stated === undefined) return undefined;
  if (/^\d{13}$/.test(stated)) return { at: new Date(Number(stated)), restMs: 0 };
  if (/^\d{10}$/.test(stated)) return { at: new Date(Number(stated) * 1_000), restMs: 500 };
  const iso = shanghaiToIso(stated);
  return iso === null ? undefined : { at: new Date(iso), restMs: 500 };
}
