import { hashText } from '../../../core/random';
import { parseKeepingIds } from '../../../kit/lossless-json';
import type { Waybill } from '../../../kit/waybill-book';
import { refuse } from '../envelope';
import { Fields, isObject } from '../fields';
import { read, shopOf, write, type Call, type MethodTable } from '../method';
import { carrierOf, carrierOfProvider, JD_CARRIERS } from '../numbers';
import { maskAddress, maskMobile, maskName, oaidOf } from '../receiver';

type Row = Record<string, unknown>;

/** Numbers left with every provider at the start. */
const ALLOCATED = 1_000_000;
/** `salePlatform` of an order of this platform (JD sheet §9.3). */
const OWN_PLATFORM = '0010001';
const MOST_NUMBERS = 10;

/** The branches' addresses; the sender of a label must be one of them. JD calls the county country. */
const SENDERS = [
  {
    provinceId: 15,
    provinceName: '浙江省',
    cityId: 1213,
    cityName: '杭州市',
    countryId: 3038,
    countryName: '余杭区',
    countrysideId: 59_966,
    countrysideName: '五常街道',
    address: '文一西路969号1号仓',
  },
  {
    provinceId: 19,
    provinceName: '广东省',
    cityId: 1601,
    cityName: '广州市',
    countryId: 3633,
    countryName: '白云区',
    countrysideId: 63_206,
    countrysideName: '太和镇',
    address: '北太路1633号2号仓',
  },
];

const result = (statusCode: number, statusMessage: string, data: unknown = null): Row => ({
  resultInfo: { statusCode, statusMessage, data },
});
const fine = (data: unknown): Row => result(0, '成功', data);

const providers = JD_CARRIERS.filter((carrier) => carrier.providerCode !== undefined);

const branchOf = (providerCode: string): string => `${String((hashText(providerCode) % 900_000) + 100_000)}`;

function accounts(call: Call): Row {
  const shop = shopOf(call);
  const vendor = call.fields.text('vendorCode') ?? call.fields.text('venderCode');
  if (vendor !== shop.shopId) return result(1_001, '商家编码与授权商家不一致');
  const rows = providers.flatMap((carrier, i) => {
    const { taken, cancelled } = call.waybills.countsOf(shop.shopId, carrier.code);
    const isDirect = ['SF', 'EMS', 'JD'].includes(carrier.providerCode!);
    return SENDERS.map((address) => ({
      providerId: i + 1,
      providerCode: carrier.providerCode,
      providerName: carrier.name,
      providerType: 1,
      operationType: isDirect ? 1 : 2,
      branchCode: branchOf(carrier.providerCode!),
      branchName: `杭州余杭${carrier.name}网点`,
      settlementCode: isDirect ? `S${shop.shopId}` : '',
      supportCod: false,
      amount: ALLOCATED - taken + cancelled,
      address,
    }));
  });
  return fine(rows);
}

function balance(call: Call): Row {
  const carrier = carrierOfProvider(call.fields.required('providerCode'));
  if (!carrier) return result(1_002, '承运商不存在');
  const { taken, cancelled } = call.waybills.countsOf(shopOf(call).shopId, carrier.code);
  return fine([{ branchCode: branchOf(carrier.providerCode!), amount: ALLOCATED - taken + cancelled }]);
}

/** The request is a JSON text within the JSON (JD sheet §9.3). */
function contentOf(call: Call): Fields {
  const text = call.fields.raw('content');
  if (typeof text !== 'string') throw refuse('60', 'content 不能为空');
  try {
    const json = parseKeepingIds(text);
    if (isObject(json)) return new Fields(json);
  } catch {
    throw refuse('63', 'content');
  }
  throw refuse('62', 'content');
}

const isKnownSender = (from: Fields): boolean =>
  SENDERS.some(
    (known) =>
      from.text('provinceName') === known.provinceName &&
      from.text('cityName') === known.cityName &&
      from.text('countryName') === known.countryName &&
      from.text('address') === known.address,
  );

/** What is wrong with a request for a number; undefined when nothing is. */
function flawOf(call: Call, content: Fields): Row | undefined {
  const shop = shopOf(call);
  if (content.text('vendorCode') !== shop.shopId) return result(1_001, '商家编码与授权商家不一致');
  const carrier = carrierOfProvider(content.text('providerCode') ?? '');
  if (!carrier) return result(1_002, '承运商不存在或未签约');
  const branch = content.text('branchCode');
  if (branch !== undefined && branch !== branchOf(carrier.providerCode!)) return result(1_003, '网点编码不正确');
  if (!isKnownSender(content.object('fromAddress'))) return result(1_004, '发货地址与签约网点的地址不一致');
  const to = content.object('toAddress');
  const name = to.text('contact') ?? '';
  const address = to.text('address') ?? '';
  if (name === '' || address === '' || !to.text('provinceName')) return result(1_005, '收货人信息不完整');
  const oaid = to.text('oaid');
  const isMasked = `${name}${address}${to.text('mobile') ?? ''}${to.text('phone') ?? ''}`.includes('*');
  if (isMasked && oaid === undefined) return result(1_006, '收货人信息已脱敏，必须传oaid');
  if (oaid === undefined || content.text('salePlatform') !== OWN_PLATFORM) return undefined;
  const order = call.core.story.order('jd', content.text('platformOrderNo') ?? '');
  if (!order || order.shopId !== shop.shopId) return result(1_007, '订单不存在');
  return oaidOf(order, call.app.appKey) === oaid ? undefined : result(1_008, 'oaid与订单当前收货信息不一致');
}

function receive(call: Call): Row {
  const content = contentOf(call);
  const shop = shopOf(call);
  const orderNo = content.required('platformOrderNo');
  const count = content.int('waybillCount', 1, MOST_NUMBERS, 1);
  const flaw = flawOf(call, content);
  if (flaw) return flaw;
  const carrier = carrierOfProvider(content.required('providerCode'))!;
  const parcel = content.text('vendorOrderCode') ?? orderNo;
  const numbers = Array.from({ length: count }, (_, i) => {
    // The same parcel of the same order gets the same number until it is given back.
    const key = `${shop.shopId}:${carrier.code}:${orderNo}:${parcel}:${i}`;
    const known = call.waybills.findByKey(key);
    if (known) return known.waybillNo;
    const waybillNo = carrier.waybillNo(call.core.story.nextNumber());
    const waybill: Waybill = {
      carrier: carrier.code,
      waybillNo,
      shopId: shop.shopId,
      key,
      orderNos: [orderNo],
      request: JSON.parse(call.fields.required('content')) as unknown,
      isCancelled: false,
    };
    call.waybills.save(waybill);
    return waybillNo;
  });
  return fine({ platformOrderNo: orderNo, waybillCodeList: numbers });
}

/** The shop's own number; undefined when it never had it, or gave it back. */
function ownNumber(call: Call, waybillNo: string, providerCode: string): Waybill | undefined {
  const waybill = call.waybills.find(waybillNo);
  const isOwn = waybill?.shopId === shopOf(call).shopId && waybill.carrier === carrierOfProvider(providerCode)?.code;
  return waybill && isOwn && !waybill.isCancelled ? waybill : undefined;
}

function isCollected(call: Call, waybillNo: string): boolean {
  return call.waybills
    .usedBy(waybillNo)
    .some((order) =>
      order.notices.some((notice) => notice.waybillNo === waybillNo && notice.collectedAt !== undefined),
    );
}

function unbind(call: Call): Row {
  const providerCode = call.fields.required('providerCode');
  const listed = call.fields.raw('waybillCodeList');
  const numbers = Array.isArray(listed) ? listed.map(String) : [call.fields.required('waybillCode')];
  const found = numbers.map((waybillNo) => ownNumber(call, waybillNo, providerCode));
  if (found.some((one) => one === undefined)) return result(1_010, '运单号不存在或已解绑');
  if (numbers.some((waybillNo) => isCollected(call, waybillNo))) return result(1_011, '运单已揽收，不能解绑');
  for (const waybill of found) call.waybills.save({ ...waybill!, isCancelled: true });
  return fine(true);
}

function query(call: Call): Row {
  const waybillNo = call.fields.required('waybillCode');
  const waybill = ownNumber(call, waybillNo, call.fields.required('providerCode'));
  if (!waybill) return result(1_010, '运单号不存在或已解绑');
  const carrier = carrierOf(waybill.carrier)!;
  return fine({
    waybillCode: waybillNo,
    providerCode: carrier.providerCode,
    platformOrderNo: waybill.orderNos[0],
    waybillState: isCollected(call, waybillNo) ? 2 : 1,
  });
}

function bigShot(call: Call): Row {
  const waybill = ownNumber(call, call.fields.required('waybillCode'), call.fields.required('providerCode'));
  if (!waybill) return result(1_010, '运单号不存在或已解绑');
  const code = String(hashText(waybill.waybillNo) % 1_000).padStart(3, '0');
  return fine({
    waybillCode: waybill.waybillNo,
    bigShotName: `杭州转${code}`,
    bigShotCode: `571-${code}`,
    gatherCenterName: '杭州',
  });
}

/** An encrypted blob for the print component on the clerk's machine; what is inside is nobody's business. */
function printData(call: Call): Row {
  const request = call.fields.object('param1');
  const rows = request.rows('wayBillInfos').map((info) => {
    const waybillNo = info.text('jdWayBillCode') ?? info.required('wayBillCode');
    const waybill = call.waybills.find(waybillNo);
    if (!waybill || waybill.shopId !== shopOf(call).shopId || waybill.isCancelled)
      return { wayBillNo: waybillNo, code: '1010', msg: '运单号不存在或已解绑', perPrintData: '' };
    const order = call.core.story.order('jd', waybill.orderNos[0] ?? '');
    const receiver = order && {
      name: maskName(order.receiver.name),
      mobile: maskMobile(order.receiver.mobile),
      address: maskAddress(order.receiver),
    };
    const data = Buffer.from(JSON.stringify({ waybillNo, receiver })).toString('base64');
    return { wayBillNo: waybillNo, code: '1', msg: '成功', perPrintData: data };
  });
  const objectId = request.text('objectId') ?? '';
  return { returnType: { code: '1', message: '成功', objectId, prePrintDatas: rows } };
}

/** E-waybills (JD sheet §9.3). */
export const waybillMethods: MethodTable = {
  'jingdong.ldop.alpha.provider.sign.success': read(accounts),
  'jingdong.ldop.alpha.provider.sign.success.info.get': read(accounts),
  'jingdong.ldop.alpha.vendor.stock.queryByProviderCode': read(balance),
  'jingdong.ldop.alpha.waybill.receive': write(receive),
  'jingdong.ldop.alpha.waybill.query': read(query),
  'jingdong.ldop.alpha.vendor.bigshot.query': read(bigShot),
  'jingdong.ldop.alpha.waybill.api.unbind': write(unbind),
  'jingdong.ldop.alpha.waybill.unbind': write(unbind),
  'jingdong.printing.printData.pullData': read(printData),
};
