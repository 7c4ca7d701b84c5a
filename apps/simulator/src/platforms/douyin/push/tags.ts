import { toIso } from '../../../core/times';
import type { OrderStory, RefundStory, StoryStep } from '../../../core/story.types';
import { id } from '../envelope';
import { carrierOf, deliveryIdOf } from '../numbers';
import { addressView, cipherOf, maskMobile, maskName } from '../receiver';
import { orderMoney } from '../order-money';
import { afterSaleStatusOf, afterSaleTypeOf, ORDER_STATUS, orderTypeOf, seconds } from '../words';

type Row = Record<string, unknown>;

/** A message before it has a number (Douyin sheet §11.3). */
export interface TagMessage {
  tag: string;
  data: Row;
}

/** Ids are bare 19-digit numbers in the trade tags (Douyin sheet §11.3). */
const tradeHead = (order: OrderStory): Row => ({
  p_id: id(order.no),
  s_ids: order.lines.map((line) => id(line.no)),
  shop_id: id(order.shopId),
  order_status: ORDER_STATUS[order.state],
  order_type: orderTypeOf(order),
  biz: 2,
});

const receiverMessage = (order: OrderStory): Row => ({
  name: maskName(order.receiver.name),
  encrypt_name: cipherOf(order, 'name'),
  tel: maskMobile(order.receiver.mobile),
  encrypt_tel: cipherOf(order, 'mobile'),
  addr: JSON.stringify({
    ...addressView(order.receiver),
    detail: '***',
    encrypt_detail: cipherOf(order, 'detail'),
  }),
});

const trade =
  (tag: string, more: (step: StoryStep) => Row = () => ({})) =>
  (step: StoryStep): TagMessage[] => [{ tag, data: { ...tradeHead(step.order), ...more(step) } }];

/** Paid; and released at once unless the platform reviews the order first (tag 110). */
function paid(step: StoryStep): TagMessage[] {
  const { order } = step;
  const money = { pay_time: seconds(order.paidAt), pay_type: 2, pay_amount: orderMoney(order).payFen };
  return [...trade('101', () => money)(step), ...(order.state === 'paid' ? trade('110')(step) : [])];
}

function logisticsMessage(step: StoryStep): Row {
  const { notice } = step;
  return {
    express_company_id: carrierOf(notice?.carrier ?? '')?.code ?? '',
    logistics_code: notice?.waybillNo ?? '',
  };
}

function shipped(step: StoryStep): TagMessage[] {
  const { order, notice } = step;
  const update = { update_time: seconds(order.modifiedAt) };
  if (order.state === 'shipped' || !notice)
    return trade('102', () => ({
      ...update,
      logistics_msg: logisticsMessage(step),
      receiver_msg: receiverMessage(order),
    }))(step);
  const packId = deliveryIdOf(order.seq, order.notices.indexOf(notice));
  return trade('108', () => ({
    ...update,
    logistics_msg: { ...logisticsMessage(step), pack_id: packId },
    shipped_order_info: notice.lines.map(({ no, quantity }) => {
      const line = order.lines.find((one) => one.no === no)!;
      return {
        shipped_order_id: no,
        product_id: id(line.listingId),
        sku_id: id(line.listingSkuId),
        sku_num: line.quantity,
        shipped_num: quantity,
      };
    }),
  }))(step);
}

function refundHead(order: OrderStory, refund: RefundStory): Row {
  return {
    aftersale_id: id(refund.no),
    aftersale_status: afterSaleStatusOf(refund),
    aftersale_type: afterSaleTypeOf(refund),
    p_id: id(order.no),
    s_id: id(refund.lineNo),
    shop_id: id(order.shopId),
    refund_amount: refund.amountFen,
    refund_post_amount: 0,
    refund_voucher_num: 0,
    reason_code: 1,
    apply_time: seconds(refund.createdAt),
    // Refund tags write the change as text, trade tags as seconds (Douyin sheet §11.3, type traps).
    update_time: toIso(refund.modifiedAt).replace('.000', ''),
  };
}

const refund =
  (tag: string, time?: string) =>
  (step: StoryStep): TagMessage[] => {
    const own = step.order.refunds.find((one) => one.no === step.refundNo);
    if (!own) return [];
    return [
      {
        tag,
        data: { ...refundHead(step.order, own), ...(time ? { [time]: seconds(own.modifiedAt) } : {}) },
      },
    ];
  };

/** A refusal after the goods came back is another tag than the first one. */
function refused(step: StoryStep): TagMessage[] {
  const own = step.order.refunds.find((one) => one.no === step.refundNo);
  const isReturn = own !== undefined && own.kind !== 'refund';
  return refund(isReturn ? '205' : '204', 'refuse_time')(step);
}

/** Money went back; an order without open lines is closed by it, which has no tag of its own. */
const TABLE: Readonly<Record<string, (step: StoryStep) => TagMessage[]>> = {
  place: trade('100', (step) => ({ create_time: seconds(step.order.createdAt) })),
  pay: paid,
  allow: trade('110'),
  cancel: trade('106', (step) => ({
    cancel_time: seconds(step.order.endedAt),
    cancel_reason: step.order.closeReason ?? '',
  })),
  ship: shipped,
  resend: trade('104', (step) => ({
    update_time: seconds(step.order.modifiedAt),
    logistics_msg: logisticsMessage(step),
    receiver_msg: receiverMessage(step.order),
  })),
  confirm: trade('103', (step) => ({ complete_time: seconds(step.order.endedAt) })),
  'change-address': trade('105', (step) => ({
    receiver_msg: receiverMessage(step.order),
    update_time: seconds(step.order.modifiedAt),
  })),
  memo: trade('113', (step) => ({
    remark: step.order.sellerMemo,
    star: String(step.order.flag),
    update_time: seconds(step.order.modifiedAt),
  })),
  'refund-asked': refund('200'),
  'money-agreed': refund('201', 'agree_time'),
  'return-agreed': refund('202', 'agree_time'),
  'return-sent': refund('203', 'return_time'),
  'refund-refused': refused,
  'refund-done': refund('206', 'success_time'),
  'refund-withdrawn': refund('207', 'close_time'),
  reshipped: (step) => {
    const own = step.order.refunds.find((one) => one.no === step.refundNo);
    return refund(own?.kind === 'resend' ? '226' : '211')(step);
  },
  'after-sale-done': refund('208', 'modify_time'),
};

/** The messages that a step of the story causes. */
export function messagesOf(step: StoryStep): TagMessage[] {
  return TABLE[step.verb]?.(step) ?? [];
}
