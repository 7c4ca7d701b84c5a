import { memo } from '../../../core/acts';
import type { OrderStory } from '../../../core/story.types';
import { invalid, refuse } from '../envelope';
import { ownOrder, read, shopOf, write, type Call, type MethodTable } from '../method';

type Row = Record<string, unknown>;

/** A seller's memo is at most this long (JD sheet §5.4). */
const MOST_CHARS = 500;

function target(call: Call): OrderStory {
  const orderId = call.fields.id('order_id');
  const order = ownOrder(call, orderId);
  if (!order) throw refuse('71', orderId);
  return order;
}

function put(call: Call, order: OrderStory): void {
  const flag = call.fields.int('flag', 0, 5);
  const text = call.fields.text('remark') ?? '';
  if ([...text].length > MOST_CHARS) throw invalid('remark', `不能超过${MOST_CHARS}个字符`);
  memo(call.core, order, call.at, { actor: 'seller', text, flag });
}

function modify(call: Call): Row {
  put(call, target(call));
  return { modifyvenderremark_result: { success: true, chineseErrCode: '', englishErrCode: '' } };
}

/** The method of 2014: a trade number is used once (JD sheet §4, code 17). */
function update(call: Call): Row {
  const tradeNo = call.fields.text('trade_no');
  const shop = shopOf(call);
  const order = target(call);
  if (tradeNo !== undefined && call.notes.isTradeNoUsed(shop.shopId, tradeNo)) throw refuse('17', tradeNo);
  put(call, order);
  if (tradeNo !== undefined) call.notes.useTradeNo(shop.shopId, tradeNo);
  return {};
}

function query(call: Call): Row {
  const order = target(call);
  return {
    venderRemarkQueryResult: {
      api_jos_result: { success: true, result_code: '0', result_describe: '' },
      vender_remark: { order_id: order.no, remark: order.sellerMemo, flag: String(order.flag) },
    },
  };
}

/** The seller's memo. A change of it moves no order's `modified` (JD sheet §5.1, §5.2). */
export const memoMethods: MethodTable = {
  'jingdong.pop.order.modifyVenderRemark': write(modify),
  '360buy.order.vender.remark.update': write(update),
  'jingdong.order.venderRemark.queryByOrderId': read(query),
};
