import { printJson } from '../../../kit/lossless-json';
import type { OrderStory, RefundStory, ShopStory, StoryStep } from '../../../core/story.types';
import { listTypeOf } from '../words';

/** A message before it has a number. */
export interface TopicMessage {
  topic: string;
  content: string;
}

const trade =
  (name: string) =>
  (step: StoryStep, shop: ShopStory): TopicMessage[] => [
    { topic: `pdd_trade_${name}`, content: printJson({ mall_id: Number(shop.shopId), tid: step.order.no }) },
  ];

/** `bill_type` is one below the list's type, `refund_fee` is in fen (Pinduoduo sheet §11.4). The operation codes are not published. */
function refundContent(order: OrderStory, refund: RefundStory, shop: ShopStory): string {
  return printJson({
    mall_id: Number(shop.shopId),
    refund_fee: refund.amountFen,
    bill_type: listTypeOf(refund) - 1,
    modified: refund.modifiedAt,
    refund_id: Number(refund.no),
    operation: 1_000,
    tid: order.no,
  });
}

const refund =
  (name: string) =>
  (step: StoryStep, shop: ShopStory): TopicMessage[] => {
    const own = step.order.refunds.find((one) => one.no === step.refundNo);
    return own ? [{ topic: `pdd_refund_${name}`, content: refundContent(step.order, own, shop) }] : [];
  };

/** The tail of a deposit order is no news of its own: the confirmation was told when the deposit was paid. */
const paid = (step: StoryStep, shop: ShopStory): TopicMessage[] =>
  step.order.isPresale ? [] : trade('TradeConfirmed')(step, shop);

const memo = (step: StoryStep, shop: ShopStory): TopicMessage[] =>
  trade(step.actor === 'buyer' ? 'BuyerMemoModified' : 'TradeMemoModified')(step, shop);

/** An order that nobody can see yet is not told either. */
const isTold = ({ order }: StoryStep): boolean => (order.depositPaidAt ?? order.paidAt) !== undefined;

const TABLE: Readonly<Record<string, (step: StoryStep, shop: ShopStory) => TopicMessage[]>> = {
  'pay-deposit': trade('TradeConfirmed'),
  pay: paid,
  ship: trade('TradeSellerShip'),
  confirm: trade('TradeSuccess'),
  memo,
  'change-address': trade('TradeLogisticsAddressChanged'),
  forbid: trade('TradeRiskChanged'),
  allow: trade('TradeRiskChanged'),
  'refund-asked': refund('RefundCreated'),
  'refund-withdrawn': refund('RefundClosed'),
  'refund-refused': refund('RefundCreateMessage'),
  'return-agreed': refund('RefundAgreeAgreement'),
  'money-agreed': refund('RefundAgreeAgreement'),
  'return-sent': refund('RefundBuyerReturnGoods'),
  'refund-done': refund('RefundAgreeAgreement'),
};

/** Every topic of Pinduoduo sheet §11.4 that this simulator sends. */
export const TOPICS: readonly string[] = [
  'pdd_trade_TradeConfirmed',
  'pdd_trade_TradeSellerShip',
  'pdd_trade_TradeSuccess',
  'pdd_trade_TradeLogisticsAddressChanged',
  'pdd_trade_TradeRiskChanged',
  'pdd_trade_TradeMemoModified',
  'pdd_trade_BuyerMemoModified',
  'pdd_refund_RefundCreated',
  'pdd_refund_RefundAgreeAgreement',
  'pdd_refund_RefundBuyerReturnGoods',
  'pdd_refund_RefundCreateMessage',
  'pdd_refund_RefundClosed',
  'pdd_goods_GoodsOnShelf',
  'pdd_goods_GoodsOffShelf',
];

/** The messages that a step of the story causes (Pinduoduo sheet §11.4). There is none for stock or money. */
export const messagesOf = (step: StoryStep, shop: ShopStory): TopicMessage[] =>
  isTold(step) ? (TABLE[step.verb]?.(step, shop) ?? []) : [];
