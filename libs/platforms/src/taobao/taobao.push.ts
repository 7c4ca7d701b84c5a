import { shanghaiToIso } from '@app/shared';
import { PlatformCall, PushCall, PushListener } from '../port';
import { TaobaoCaller, TaobaoClient } from './taobao.client';
import { TaobaoConfig } from './taobao.config';
import { JsonObject, asList, asText } from '../kit/answer.json';
import { mapPushMessage } from './taobao.push-mapper';

/** Messages taken in one call: 10 to 200 (Taobao sheet §11). */
const TAKE = 200;

/** The HTTP way to the same message queue as the socket (Taobao sheet §11). */
export class TaobaoPush {
  constructor(
    private readonly client: TaobaoClient,
    private readonly config: TaobaoConfig,
  ) {}

  /** Opens messages for a shop. Without `topics`, since they would replace those of the app (Taobao sheet §13 pitfall 21). */
  async subscribe(call: PlatformCall): Promise<void> {
    await this.client.call(call, { method: 'taobao.tmc.user.permit', params: {}, isWrite: true });
  }

  /** Takes waiting messages once; confirms those that the listener took. */
  async pull(call: PushCall, listener: PushListener): Promise<number> {
    const caller: TaobaoCaller = { shop: call.app, wireNow: () => call.wireNow(), signal: call.signal };
    const group_name = this.config.tmcGroup;
    const consume = {
      method: 'taobao.tmc.messages.consume',
      params: { group_name, quantity: String(TAKE) },
      needsSession: false,
    };
    const { root } = await this.client.call(caller, consume);
    const messages = asList(root['messages'], 'tmc_message');
    const taken: string[] = [];
    let failure: unknown;
    for (const message of messages) {
      const id = asText(message['id']) ?? '';
      try {
        await listener.onMessage(mapPushMessage({ id, ...contentOf(message) }));
        taken.push(id);
      } catch (error) {
        // Left unconfirmed, so the platform delivers it again; the others must not wait for it.
        failure = error;
      }
    }
    if (taken.length > 0) {
      const params = { group_name, s_message_ids: taken.join(',') };
      await this.client.call(caller, {
        method: 'taobao.tmc.messages.confirm',
        params,
        isWrite: true,
        needsSession: false,
      });
    }
    if (failure !== undefined && taken.length === 0) throw failure;
    return messages.length;
  }
}

function contentOf(message: JsonObject): { topic: string; content: string; userId?: string; publishedAt?: Date } {
  const userId = asText(message['user_id']);
  const publishedAt = shanghaiToIso(asText(message['pub_time']) ?? null);
  return {
    topic: asText(message['topic']) ?? '',
    content: asText(message['content']) ?? '{}',
    ...(userId !== undefined && { userId }),
    ...(publishedAt !== null && { publishedAt: new Date(publishedAt) }),
  };
}
