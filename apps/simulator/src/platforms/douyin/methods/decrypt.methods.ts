import { DAY, SECOND } from '../../../core/times';
import type { OrderStory } from '../../../core/story.types';
import type { Body } from '../body';
import { business, invalid, missing } from '../envelope';
import { read, shopOf, type Call, type MethodTable } from '../method';
import { DATA_TYPE, fieldOf, maskMobile, maskName, virtualNumber } from '../receiver';

type Row = Record<string, unknown>;

/** The most values in one call (Douyin sheet §10). */
const MOST_VALUES = 50;

/** Left open by the sheet: the numbers of a single value's refusals. */
const WRONG_CIPHER = 300001;
const ORDER_CLOSED = 300002;

function wishes(call: Call): Body[] {
  const infos = call.body.objects('cipher_infos');
  if (infos.length === 0) throw missing('cipher_infos');
  if (infos.length > MOST_VALUES) throw invalid(1, `一次最多 ${MOST_VALUES} 条`);
  return infos;
}

interface Found {
  order: OrderStory;
  field: 'name' | 'mobile' | 'detail';
}

function find(call: Call, info: Body): Found | undefined {
  const order = call.core.story.order('douyin', info.text('auth_id') ?? '');
  if (!order || order.shopId !== shopOf(call).shopId) return undefined;
  const field = fieldOf(order, info.text('cipher_text') ?? '');
  return field && { order, field };
}

const failed = (info: Body, errNo: number, text: string): Row => ({
  auth_id: info.text('auth_id') ?? '',
  cipher_text: info.text('cipher_text') ?? '',
  decrypt_text: '',
  err_no: errNo,
  err_msg: text,
});

function decryptOne(call: Call, info: Body): Row {
  const found = find(call, info);
  if (!found) return failed(info, WRONG_CIPHER, '密文与订单不匹配');
  const { order, field } = found;
  if (order.state === 'closed' || order.state === 'cancelled')
    return failed(info, ORDER_CLOSED, '订单已关闭，不允许解密');
  const head = {
    auth_id: order.no,
    cipher_text: info.text('cipher_text'),
    err_no: 0,
    err_msg: '',
    data_type: DATA_TYPE[field],
  };
  if (field !== 'mobile')
    return { ...head, decrypt_text: order.receiver[field], is_virtual_tel: false, expire_time: 0 };
  const { main, extension } = virtualNumber(order.receiver, order.no);
  return {
    ...head,
    decrypt_text: `${main}-${extension}`,
    is_virtual_tel: true,
    expire_time: Math.floor((call.at + 30 * DAY) / SECOND),
    phone_no_a: main,
    phone_no_b: extension,
  };
}

/** Decrypts for printing; the day's quota refuses the whole call, a wrong value only itself (Douyin sheet §10). */
function batchDecrypt(call: Call): unknown {
  const infos = wishes(call);
  const { shopId } = shopOf(call);
  if (call.memory.decryptedOn(shopId, call.at) + infos.length > call.desk.decryptQuota(shopId))
    throw business(300003, '解密失败：店铺当日解密额度不足');
  const rows = infos.map((info) => decryptOne(call, info));
  const done = rows.filter((row) => row.err_no === 0).length;
  call.memory.countDecrypted(shopId, call.at, done);
  const data = { decrypt_infos: rows, custom_err: { err_code: 0, err_msg: '' } };
  if (done < rows.length) throw business(300008, '部分数据解密失败', data);
  return data;
}

function batchSensitive(call: Call): unknown {
  const rows = wishes(call).map((info): Row => {
    const found = find(call, info);
    if (!found) return failed(info, WRONG_CIPHER, '密文与订单不匹配');
    const { receiver, no } = found.order;
    const masked = { name: maskName(receiver.name), mobile: maskMobile(receiver.mobile), detail: '***' };
    return {
      auth_id: no,
      cipher_text: info.text('cipher_text'),
      decrypt_text: masked[found.field],
      err_no: 0,
      err_msg: '',
      data_type: DATA_TYPE[found.field],
    };
  });
  return { decrypt_infos: rows, custom_err: { err_code: 0, err_msg: '' } };
}

/** Receiver data (Douyin sheet §10). */
export const decryptMethods: MethodTable = {
  'order.batchDecrypt': read(batchDecrypt),
  'order.batchSensitive': read(batchSensitive),
};
