import { DAY, toPlatformText } from '../../../core/times';
import type { OrderStory } from '../../../core/story.types';
import { invalid, list } from '../envelope';
import { oaidOf, virtualNumber } from '../receiver';
import { read, shopOf, type Call, type MethodTable } from '../method';

type Row = Record<string, unknown>;

interface DecryptQuery {
  oaid?: string;
  tid?: string | number;
  scene?: string | number;
}

const SCENES: readonly string[] = [
  '1001',
  '1002',
  '1003',
  '1004',
  '1005',
  '1006',
  '1007',
  '1008',
  '1009',
  '2001',
  '2002',
  '3001',
];

function ownOrder(call: Call, tid: string): OrderStory | undefined {
  const order = call.core.story.order('taobao', tid);
  return order && order.shopId === shopOf(call).shopId ? order : undefined;
}

function decryptOne(call: Call, query: DecryptQuery): Row {
  const tid = String(query.tid ?? '');
  if (!SCENES.includes(String(query.scene ?? ''))) throw invalid('query_list', `scene 只能是 ${SCENES.join(', ')}`);
  const order = ownOrder(call, tid);
  if (!order || oaidOf(order, call.app.appKey) !== query.oaid) return { oaid: query.oaid, tid, matched: false };
  const { receiver } = order;
  return {
    oaid: query.oaid,
    tid,
    matched: true,
    name: receiver.name,
    mobile: virtualNumber(receiver, tid),
    phone: '',
    address_detail: receiver.detail,
    town: receiver.town,
    district: receiver.district,
    city: receiver.city,
    state: receiver.state,
    country: '中国',
    privacy_protection: true,
    secret_no_expire_time: toPlatformText(call.at + 30 * DAY),
  };
}

function decrypt(call: Call): Row {
  const queries = call.params.json('query_list');
  if (!Array.isArray(queries) || queries.length === 0 || queries.length > 20)
    throw invalid('query_list', 'query_list 必须有 1 到 20 项');
  return {
    receiver_list: list(
      'receiver',
      (queries as DecryptQuery[]).map((query) => decryptOne(call, query)),
    ),
  };
}

function merge(call: Call): Row {
  const asked =
    call.params.text('merge_list') === undefined ? call.params.json('query_list') : call.params.json('merge_list');
  if (!Array.isArray(asked) || asked.length === 0 || asked.length > 100)
    throw invalid('merge_list', 'merge_list 必须有 1 到 100 项');
  const groups = new Map<string, string[]>();
  for (const one of asked as { oaid?: string; tid?: string | number }[]) {
    const tid = String(one.tid ?? '');
    const order = ownOrder(call, tid);
    if (!order || oaidOf(order, call.app.appKey) !== one.oaid) continue;
    const { name, mobile, state, city, district, town, detail } = order.receiver;
    const key = JSON.stringify([name, mobile, state, city, district, town, detail]);
    groups.set(key, [...(groups.get(key) ?? []), tid]);
  }
  return {
    tids: list(
      'string',
      [...groups.values()].map((tids) => tids.join(',')),
    ),
  };
}

/** Receiver data (Taobao sheet §10). */
export const oaidMethods: MethodTable = {
  'taobao.top.oaid.decrypt': read(decrypt),
  'taobao.top.oaid.merge': read(merge),
};
