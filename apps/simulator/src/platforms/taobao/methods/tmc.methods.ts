import { toPlatformText } from '../../../core/times';
import { id, invalid, list } from '../envelope';
import { appCall, shopOf, write, type Call, type MethodTable } from '../method';

type Row = Record<string, unknown>;

function permit(call: Call): Row {
  // Topics overwrite the earlier list; none means all (Taobao sheet §11).
  call.core.story.putShop({ ...shopOf(call), pushPermitted: true, pushTopics: call.params.names('topics') });
  return { is_success: true };
}

function userGet(call: Call): Row {
  const shop = call.session;
  const wanted =
    shop ??
    call.core.story
      .allShops('taobao')
      .find((one) => one.appKey === call.app.appKey && one.name === call.params.text('nick'));
  if (!wanted?.pushPermitted) return {};
  return {
    tmc_user: {
      user_id: id(wanted.shopId),
      user_nick: wanted.name,
      is_valid: wanted.tokenState === 'valid',
      topics: list('string', wanted.pushTopics),
      group_name: 'default',
    },
  };
}

function cancel(call: Call): Row {
  const nick = call.params.text('nick');
  const shop =
    call.session ??
    call.core.story.allShops('taobao').find((one) => one.appKey === call.app.appKey && one.name === nick);
  if (shop) call.core.story.putShop({ ...shop, pushPermitted: false, pushTopics: [] });
  return { is_success: shop !== undefined };
}

function consume(call: Call): Row {
  const most = call.params.int('quantity', 1, 200, 100);
  const rows = call.messages.take(call.app.appKey, most).map((message) => ({
    id: id(message.id),
    topic: message.topic,
    pub_app_key: '12497914',
    pub_time: toPlatformText(message.at),
    user_id: id(message.shopId),
    user_nick: call.core.story.shop('taobao', message.shopId)?.name ?? '',
    content: message.content,
  }));
  return { messages: list('tmc_message', rows) };
}

function confirm(call: Call): Row {
  call.params.required('s_message_ids');
  const ids = call.params.names('s_message_ids');
  if (ids.length > 200) throw invalid('s_message_ids', '一次最多确认 200 条消息');
  for (const messageId of ids) call.messages.confirm(call.app.appKey, messageId);
  return { is_success: true };
}

function queueGet(call: Call): Row {
  return {
    datas: list('tmc_queue_info', [
      {
        name: call.params.text('group_name') ?? 'default',
        broker_count: 1,
        get_total: 0,
        put_total: call.messages.waiting(call.app.appKey),
      },
    ]),
  };
}

/** Push messages over HTTP (Taobao sheet §11). */
export const tmcMethods: MethodTable = {
  'taobao.tmc.user.permit': write(permit),
  'taobao.tmc.user.get': appCall(userGet),
  'taobao.tmc.user.cancel': appCall(cancel),
  'taobao.tmc.messages.consume': appCall(consume),
  'taobao.tmc.messages.confirm': appCall(confirm),
  'taobao.tmc.queue.get': appCall(queueGet),
};
