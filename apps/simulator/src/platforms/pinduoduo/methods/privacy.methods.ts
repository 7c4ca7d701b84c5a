import type { OrderStory } from '../../../core/story.types';
import { cipherOf, DATA_TYPE, maskOf, plainOf, SECRETS, virtualNumber, type Secret } from '../cipher';
import { read, shopOf, write, type Call, type MethodTable } from '../method';
import { refuse } from '../pop-error';

type Row = Record<string, unknown>;

const MOST_ROWS = 100;

/** Codes of rows; made up, since none is published (Pinduoduo sheet §10). */
const ROW_ERRORS = {
  stranger: { error_code: 80_001, error_msg: '订单不属于当前店铺或订单不存在' },
  mismatch: { error_code: 80_002, error_msg: '密文与订单不匹配' },
  exhausted: { error_code: 80_003, error_msg: '今日解密额度已用完' },
} as const;

type Opened = { order: OrderStory; secret: Secret } | keyof typeof ROW_ERRORS;

/** What a row speaks of: the tag must be the order whose ciphertext this is now. */
function openRow(call: Call, row: Row): Opened {
  const order = call.core.story.order('pinduoduo', String(row.data_tag ?? ''));
  if (!order || order.shopId !== shopOf(call).shopId) return 'stranger';
  const secret = SECRETS.find((one) => cipherOf(order, one) === row.encrypted_data);
  return secret ? { order, secret } : 'mismatch';
}

function base(row: Row, opened: Opened): Row {
  const told = { data_tag: row.data_tag, encrypted_data: row.encrypted_data };
  if (typeof opened === 'string') return { ...told, decrypted_data: '', data_type: 0, ...ROW_ERRORS[opened] };
  return { ...told, data_type: DATA_TYPE[opened.secret], error_code: 0, error_msg: '' };
}

/** Rows beyond the shop's quota of the day fail one by one; rows that cannot be opened cost nothing. */
function decrypt(call: Call): Row {
  const rows = call.params.rows('data_list', MOST_ROWS);
  const opened = rows.map((row) => openRow(call, row));
  const asked = opened.filter((one) => typeof one !== 'string').length;
  let left = call.quota.take(shopOf(call).shopId, asked, call.at);
  const list = rows.map((row, i) => {
    const found = opened[i]!;
    if (typeof found === 'string') return base(row, found);
    if (left === 0) return base(row, 'exhausted');
    left -= 1;
    const { order, secret } = found;
    if (secret !== 'phone')
      return { ...base(row, found), decrypted_data: plainOf(order, secret), virtual_number_type: 0 };
    const { number, extension } = virtualNumber(order);
    return {
      ...base(row, found),
      decrypted_data: number,
      virtual_number_type: 1,
      virtual_identify_number: extension,
    };
  });
  return { data_decrypt_list: list };
}

function mask(call: Call): Row {
  const list = call.params.rows('data_list', MOST_ROWS).map((row) => {
    const opened = openRow(call, row);
    const told = base(row, opened);
    return typeof opened === 'string' ? told : { ...told, decrypted_data: maskOf(opened.order, opened.secret) };
  });
  return { data_decrypt_list: list };
}

/** Users of other waybills tell which kind they use before they decrypt (Pinduoduo sheet §10); only noted here. */
function reportType(call: Call): Row {
  const type = call.params.required('waybill_type');
  if (!['0', '1', '2', '99'].includes(type)) throw refuse(10_000, 'waybill_type');
  const text = call.params.required('order_sn_list').replace(/[[\]"\s]/g, '');
  return { result_list: text.split(',').map((orderNo) => ({ order_sn: orderNo, success: true })) };
}

/** Receiver data (Pinduoduo sheet §10). */
export const privacyMethods: MethodTable = {
  'pdd.open.decrypt.batch': read('open_decrypt_batch_response', decrypt),
  'pdd.open.decrypt.mask.batch': read('open_decrypt_mask_batch_response', mask),
  'pdd.open.waybill.type.report': write('open_waybill_type_report_response', reportType),
};
