import { wireNow } from '../../../core/wire';
import { DAY } from '../../../core/times';
import { createHash } from 'node:crypto';
import { missing, num, refuse } from '../envelope';
import { ownOrder, read, shopOf, write, type Call, type MethodTable } from '../method';
import { fullAddressOf, maskMobile, oaidOf, virtualNumber } from '../receiver';

type Row = Record<string, unknown>;

/** Receivers in one call; left open by the sheet. */
const MOST_ORDERS = 20;
/** Decryptions of a shop on one day of the wire clock; left open by the sheet. */
const DAILY_QUOTA = 5_000;
/** How long a virtual number works, in story time; left open by the sheet. */
const VIRTUAL_LIFE_MS = 7 * DAY;

interface Used {
  day: number;
  count: number;
}

/** Counts what a shop decrypted today; not kept over a restart, which only makes the quota larger. */
const used = new WeakMap<object, Map<string, Used>>();

/** Takes a number of decryptions out of the day's quota; false when it does not hold that many. */
function takeQuota(call: Call, count: number): boolean {
  const shops = used.get(call.core) ?? new Map<string, Used>();
  used.set(call.core, shops);
  const day = Math.floor(wireNow() / DAY);
  const known = shops.get(shopOf(call).shopId);
  const own = known?.day === day ? known : { day, count: 0 };
  if (own.count + count > DAILY_QUOTA) return false;
  own.count += count;
  shops.set(shopOf(call).shopId, own);
  return true;
}

const answer = (code: number, message: string, data: Row[] = []): Row => ({
  returnType: { code, message, requestId: createHash('md5').update(`${wireNow()}`).digest('hex'), data },
});

function decryptOaid(call: Call): Row {
  const request = call.fields.object('getReceiverInfoListReqVO');
  const wanted = request.rows('orderInfos');
  if (wanted.length === 0) throw missing('orderInfos');
  if (wanted.length > MOST_ORDERS) return answer(1_001, `一次最多解密${MOST_ORDERS}个订单`);
  if (!takeQuota(call, wanted.length)) return answer(1_002, '当日解密额度已用完');
  const rows: Row[] = [];
  for (const one of wanted) {
    const order = ownOrder(call, one.id('orderId'));
    const oaid = one.required('oaid');
    if (!order) return answer(1_003, `订单${one.required('orderId')}不存在`);
    // An address that changed has another id; the order must be read again first.
    if (oaidOf(order, call.app.appKey) !== oaid) return answer(1_004, `订单${order.no}的oaid已失效，请重新获取`);
    rows.push({
      orderId: num(order.no),
      oaid,
      customerName: order.receiver.name,
      consMobilePhone: virtualNumber(order),
      consMobilePhoneFuzzy: maskMobile(order.receiver.mobile),
      customerPhone: '',
      address: fullAddressOf(order.receiver),
      privacyProtection: true,
      expiration: call.at + VIRTUAL_LIFE_MS,
    });
  }
  return answer(0, '成功', rows);
}

function voucher(call: Call): Row {
  call.fields.text('access_token');
  const data = { voucher: call.tde.voucher(call.app.appKey, shopOf(call).shopId) };
  return { response: { errorCode: '0', errorMsg: 'success', data } };
}

function masterKey(call: Call): Row {
  const { fields } = call;
  const tid = fields.required('tid');
  const ts = fields.int('ts', 0, Number.MAX_SAFE_INTEGER);
  const asked = { sig: fields.required('sig'), sdkVer: fields.int('sdk_ver', 1, 99), ts, tid };
  if (!call.tde.isAllowed(call.app.appKey, shopOf(call).shopId, asked))
    return { response: { status_code: 201, errorMsg: 'invalid signature', tid, ts } };
  const { id, bytes } = call.tde.keyOf(call.app.appKey);
  const now = call.core.clocks.wire('jd');
  const key = {
    id: id.toString('base64'),
    key_string: bytes.toString('base64'),
    key_digest: createHash('sha256').update(bytes).digest('base64'),
    version: 0,
    key_type: 'AES',
    key_status: 0,
    key_effective: now - DAY,
    key_exp: now + 365 * DAY,
  };
  return {
    response: {
      status_code: 0,
      tid,
      ts,
      enc_service: call.app.appKey,
      key_cache_disabled: 0,
      key_backup_disabled: 0,
      service_key_list: [{ service: call.app.appKey, grant_usage: 'ED', current_key_version: 0, keys: [key] }],
    },
  };
}

function upload(call: Call): Row {
  const ids = call.fields.names('order_ids');
  if (ids.length > 100) throw refuse('61', 'order_ids 一次最多100个');
  return { result: { success: true } };
}

/** Receivers in clear, keys of field encryption, and the logs that JD wants (JD sheet §10). */
export const privacyMethods: MethodTable = {
  'jingdong.jos.order.oaid.decrypt': read(decryptOaid),
  'jingdong.jos.voucher.info.get': read(voucher),
  'jingdong.jos.master.key.get': read(masterKey),
  'jingdong.jos.secret.api.report.get': read(() => ({ response: { errorCode: '0', errorMsg: 'success' } })),
  'jingdong.isv.uploadLoginLog': write(upload),
  'jingdong.isv.uploadOrderInfoLog': write(upload),
  'jingdong.isv.uploadDBOperationLog': write(upload),
};
