import { hashText } from '../../core/random';
import { toPlatformText } from '../../core/times';
import type { LineStory, OrderStory, ShopStory } from '../../core/story.types';
import { yuan } from './envelope';
import { areaIdsOf, fullAddressOf, maskAddress, maskMobile, maskName, oaidOf, placeOf } from './receiver';
import type { TdeDesk } from './tde';
import { parcelsOf, STATE_WORDS, stateOf } from './words';

type Row = Record<string, unknown>;

/** What JD writes for an instant that did not come yet (JD sheet §5.4). */
const NEVER = '0001-01-01 00:00:00';

const time = (ms: number | undefined): string => (ms === undefined ? NEVER : toPlatformText(ms));

/** For whom an order is written, and whether its receiver is cipher text (the en methods) or masked. */
export interface Reader {
  appKey: string;
  tde: TdeDesk;
  isCipher: boolean;
}

const BALANCE_ONE_IN = 9;

/** What the buyer paid from his JD balance: a quarter, on one order in nine. */
export function balanceOf(order: OrderStory): number {
  return hashText(`jd:balance:${order.no}`) % BALANCE_ONE_IN === 0 ? Math.floor(order.amounts.payableFen / 4) : 0;
}

function consignee(order: OrderStory, { appKey, tde, isCipher }: Reader): Row {
  const { receiver } = order;
  const place = placeOf(receiver);
  const cipher = (name: string, plain: string): string => tde.cipherOf(appKey, `${order.no}:${name}`, plain);
  const personal = isCipher
    ? {
        fullname: cipher('fullname', receiver.name),
        mobile: cipher('mobile', receiver.mobile),
        telephone: cipher('telephone', receiver.mobile),
        fullAddress: cipher('fullAddress', fullAddressOf(receiver)),
      }
    : {
        fullname: maskName(receiver.name),
        mobile: maskMobile(receiver.mobile),
        telephone: maskMobile(receiver.mobile),
        fullAddress: maskAddress(receiver),
      };
  return { ...personal, ...place, ...areaIdsOf(place), oaid: oaidOf(order, appKey) };
}

function item(line: LineStory): Row {
  return {
    skuId: line.listingSkuId,
    outerSkuId: line.merchantCode,
    wareId: line.listingId,
    skuName: `${line.title} ${line.spec.replace(/[^;:]*:/g, '').replaceAll(';', ' ')}`,
    jdPrice: yuan(line.unitPriceFen),
    itemTotal: String(line.quantity),
    giftPoint: '0',
    productNo: line.itemCode,
    serviceName: '',
    newStoreId: '0',
    invoiceContentId: '1',
  };
}

function coupons(order: OrderStory): Row[] {
  const row = (couponType: string, fen: number, skuId = ''): Row[] =>
    fen > 0 ? [{ orderId: order.no, skuId, couponType, couponPrice: yuan(fen) }] : [];
  return [
    ...order.lines.flatMap((line) => row('30-单品促销优惠', line.discountFen, line.listingSkuId)),
    ...row('100-店铺优惠', order.amounts.shopDiscountFen),
    ...row('41-京东券优惠', order.amounts.platformDiscountFen),
  ];
}

function invoice(order: OrderStory, { appKey, tde, isCipher }: Reader): Row {
  const isWanted = hashText(`jd:invoice:${order.no}`) % 10 === 0;
  const plain = (name: string, text: string): string =>
    isCipher ? tde.cipherOf(appKey, `${order.no}:${name}`, text) : text;
  return {
    invoiceType: isWanted ? '3' : '0',
    invoiceTitle: isWanted ? plain('invoiceTitle', '个人') : '',
    invoiceContentId: isWanted ? '1' : '',
    invoiceConsigneeEmail: isWanted ? plain('invoiceConsigneeEmail', `${order.buyer.id}@example.com`) : '',
    invoiceConsigneePhone: isWanted ? plain('invoiceConsigneePhone', order.receiver.mobile) : '',
    invoiceCode: '',
  };
}

function partialParcels(order: OrderStory): Row[] {
  const parcels = order.notices.filter((notice) => notice.waybillNo !== '');
  if (parcels.length < 2 && order.state !== 'part_shipped') return [];
  return parcels.map((notice, i) => ({
    shipmentId: (order.seq % 1_000_000) * 100 + i + 1,
    waybillId: notice.waybillNo,
    logicId: Number(notice.carrier),
    shipmentTime: notice.at,
  }));
}

function money(order: OrderStory): Row {
  const { amounts } = order;
  const sellerFen = amounts.lineDiscountFen + amounts.shopDiscountFen;
  const balanceFen = balanceOf(order);
  return {
    orderTotalPrice: yuan(amounts.goodsFen),
    orderSellerPrice: yuan(amounts.goodsFen - sellerFen),
    orderPayment: yuan(amounts.payableFen - balanceFen),
    freightPrice: yuan(amounts.freightFen),
    sellerDiscount: yuan(sellerFen),
    balanceUsed: yuan(balanceFen),
    serviceFee: '0.00',
    taxFee: '0.00',
  };
}

function times(order: OrderStory): Row {
  return {
    orderStartTime: toPlatformText(order.createdAt),
    paymentConfirmTime: time(order.paidAt),
    orderEndTime: time(order.state === 'completed' || order.state === 'closed' ? order.endedAt : undefined),
    modified: toPlatformText(order.modifiedAt),
    outBoundDate: time(order.shippedAt),
    scDT: time(order.shipBy),
  };
}

/** Everything that an order says (JD sheet §5.4); the calls give what `optional_fields` names. */
export function orderView(order: OrderStory, shop: ShopStory, reader: Reader): Row {
  const state = stateOf(order);
  const isDeliverable = !order.isVirtual && order.kind !== 'special_channel';
  return {
    orderId: order.no,
    venderId: shop.shopId,
    orderType: order.isVirtual ? '96' : '22',
    payType: '4-在线支付',
    ...money(order),
    orderState: state,
    orderStateRemark: STATE_WORDS[state],
    deliveryType: isDeliverable ? '3' : '任意时间',
    invoiceInfo: '不需要开具发票',
    invoiceEasyInfo: invoice(order, reader),
    vatInfo: {},
    invoiceCode: '',
    orderRemark: order.buyerMessage,
    venderRemark: order.sellerMemo,
    ...times(order),
    consigneeInfo: consignee(order, reader),
    oaid: oaidOf(order, reader.appKey),
    itemInfoList: order.lines.map(item),
    couponDetailList: coupons(order),
    pin: '',
    realPin: '',
    open_id_buyer: order.buyer.openId,
    xid_buyer: `o${order.buyer.openId}`,
    returnOrder: '0',
    ...parcelsOf(order),
    partialLogisticsInfoModel: partialParcels(order),
    parentOrderId: order.parentNo ?? '0',
    directParentOrderId: order.parentNo ?? '0',
    orderSource: order.seq % 3 === 0 ? 'PC端订单' : '移动端订单',
    storeOrder: order.kind === 'platform_shipped' ? '京仓订单' : '',
    storeId: '0',
    idSopShipmenttype: 0,
    isShipmenttype: '0',
    customs: '',
    customsModel: '',
    tuiHuoWuYou: '0',
    orderSign: '',
    orderMarkDesc: '',
    orderExt: '',
    popSignMap: {},
  };
}

/** The fields that a caller named, and whatever a test laid over the answer. */
export function pickFields(row: Row, names: readonly string[], overlay: Row | undefined): Row {
  const picked: Row = {};
  for (const name of names) if (name in row) picked[name] = row[name];
  return { ...picked, ...overlay };
}
