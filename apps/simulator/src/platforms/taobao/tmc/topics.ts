import { toPlatformText } from '../../../core/times';
import type { OrderStory, RefundStory, ShopStory, StoryStep } from '../../../core/story.types';
import { encode, id, yuan } from '../envelope';
import { carrierOf } from '../numbers';
import { STATUS_OF, typeOf } from '../words';

/** A message before it has a number. */
export interface TopicMessage {
  topic: string;
  content: string;
}

const queryType = (order: OrderStory): string => (typeOf(order) === 'fixed' ? 'guarantee_trade' : typeOf(order));

function tradeContent(order: OrderStory, shop: ShopStory, more: Record<string, unknown> = {}): string {
  return encode(
    {
      tid: id(order.no),
      oid: id(order.lines[0]!.no),
      status: STATUS_OF[order.state],
      type: queryType(order),
      payment: yuan(order.amounts.payableFen),
      post_fee: yuan(order.amounts.freightFen),
      seller_nick: shop.name,
      buyer_nick: `${order.buyer.nick.slice(0, 1)}**`,
      buyer_open_uid: order.buyer.openId,
      ...more,
    },
    false,
  );
}

function refundContent(order: OrderStory, refund: RefundStory, shop: ShopStory): string {
  return encode(
    {
      refund_id: id(refund.no),
      tid: id(order.no),
      oid: id(refund.lineNo),
      refund_fee: yuan(refund.amountFen),
      bill_type: refund.kind === 'return' ? 'return_bill' : 'refund_bill',
      refund_phase: refund.phase === 'after_completion' ? 'aftersale' : 'onsale',
      modified: toPlatformText(refund.modifiedAt),
      seller_nick: shop.name,
      buyer_nick: `${order.buyer.nick.slice(0, 1)}**`,
      buyer_open_uid: order.buyer.openId,
    },
    false,
  );
}

function trade(name: string, more?: (step: StoryStep) => Record<string, unknown>) {
  return (step: StoryStep, shop: ShopStory): TopicMessage[] => [
    { topic: `taobao_trade_${name}`, content: tradeContent(step.order, shop, more?.(step)) },
  ];
}

function refund(name: string) {
  return (step: StoryStep, shop: ShopStory): TopicMessage[] => {
    const own = step.order.refunds.find((one) => one.no === step.refundNo);
    return own ? [{ topic: `taobao_refund_${name}`, content: refundContent(step.order, own, shop) }] : [];
  };
}

function trace(action: string, text: string) {
  return (step: StoryStep): TopicMessage[] => {
    const { notice, order } = step;
    if (!notice || notice.waybillNo === '') return [];
    const content = {
      tid: id(order.no),
      out_sid: notice.waybillNo,
      company_name: carrierOf(notice.carrier)?.name ?? notice.carrier,
      action,
      desc: text,
      time: toPlatformText(step.at),
    };
    return [{ topic: 'taobao_logistics_LogsticDetailTrace', content: encode(content, false) }];
  };
}

function refundDone(step: StoryStep, shop: ShopStory): TopicMessage[] {
  const messages = refund('RefundSuccess')(step, shop);
  const own = step.order.refunds.find((one) => one.no === step.refundNo);
  if (!own) return messages;
  const more = { oid: id(own.lineNo), refund_fee: yuan(own.amountFen), refund_id: id(own.no) };
  const name =
    step.order.state === 'closed'
      ? 'TradeClose'
      : step.order.state === 'completed'
        ? 'TradePartlyRefund'
        : 'TradeCloseAndModifyDetailOrder';
  return [...messages, { topic: `taobao_trade_${name}`, content: tradeContent(step.order, shop, more) }];
}

function shipped(step: StoryStep, shop: ShopStory): TopicMessage[] {
  const name = step.order.state === 'shipped' ? 'TradeSellerShip' : 'TradePartlySellerShip';
  return [...trade(name)(step, shop), ...trace('CONSIGN', '商家已发货')(step)];
}

const TABLE: Readonly<Record<string, (step: StoryStep, shop: ShopStory) => TopicMessage[]>> = {
  place: trade('TradeCreate'),
  'pay-deposit': trade('TradeBuyerStepPay'),
  pay: trade('TradeBuyerPay'),
  cancel: trade('TradeClose'),
  ship: shipped,
  resend: trade('TradeChanged'),
  collect: trace('GOT', '快递员已揽收'),
  deliver: trace('SIGNED', '包裹已签收'),
  confirm: trade('TradeSuccess'),
  memo: trade('TradeMemoModified', (step) => ({
    action_type: step.actor ?? 'other',
    seller_flag: step.order.flag,
    seller_memo: step.order.sellerMemo,
  })),
  'change-address': (step, shop) => [
    {
      topic: 'taobao_trade_TradeLogisticsAddressChanged',
      content: encode(
        {
          tid: id(step.order.no),
          buyer_nick: `${step.order.buyer.nick.slice(0, 1)}**`,
          buyer_open_uid: step.order.buyer.openId,
          seller_nick: shop.name,
        },
        false,
      ),
    },
  ],
  forbid: trade('TradeChanged'),
  allow: trade('TradeChanged'),
  edit: trade('TradeChanged'),
  urge: trade('TradeChanged'),
  'refund-asked': refund('RefundCreated'),
  'refund-withdrawn': refund('RefundClosed'),
  'refund-refused': refund('RefundSellerRefuseAgreement'),
  'return-agreed': refund('RefundSellerAgreeAgreement'),
  'return-sent': refund('RefundBuyerReturnGoods'),
  'refund-done': refundDone,
};

/** The messages that a step of the story causes (Taobao sheet §11.2). */
export function messagesOf(step: StoryStep, shop: ShopStory): TopicMessage[] {
  return TABLE[step.verb]?.(step, shop) ?? [];
}
