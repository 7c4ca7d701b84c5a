import { CanonicalOrder } from '@app/contracts/canonical';
import { toShanghaiText } from '@app/shared';
import { CensusPage, OrderPage, OrderStateView, PlatformCall, PlatformError, Window } from '../port';
import { TaobaoClient } from './taobao.client';
import { TaobaoConfig } from './taobao.config';
import { JsonObject, asFlag, asInteger, asList, asObject, asText } from '../kit/answer.json';
import { MoneyRules } from './taobao.order-amounts';
import { mapOrder, mapOrderState, orderNoOf, timeOf } from './taobao.order-mapper';
import { CountedPage, ListPage, PagedList, readBackwards, slices } from '../kit/paging';

/** 40–50 rows a page are recommended for the increment list (Taobao sheet §5.1). */
const INCREMENT_PAGE = 50;
const CENSUS_PAGE = 100;
/** The increment list refuses longer spans (Taobao sheet §5.1). */
export const MAX_INCREMENT_SECONDS = 86_400;

/** Kinds that the list calls return when no `type` is given (Taobao sheet §5.2). */
const DEFAULT_TYPES = ['guarantee_trade', 'auto_delivery', 'ec', 'cod', 'step'];
/** Kinds that stay hidden unless they are asked for (Taobao sheet §5.4). */
const HIDDEN_TYPES = [
  'fixed',
  'auction',
  'nopaid',
  'pre_auth_type',
  'fenxiao',
  'independent_simple_trade',
  'independent_shop_trade',
  'shopex_trade',
  'netcn_trade',
  'external_trade',
  'game_equipment',
  'o2o_offlinetrade',
  'instant_trade',
  'b2c_cod',
];

const LIST_FIELDS = 'tid,tid_str,status,created,modified';
// The first five receiver fields together make the platform compute `oaid` (Taobao sheet §5.8).
const RECEIVER_FIELDS =
  'receiver_name,receiver_address,created,receiver_mobile,receiver_phone,receiver_country,receiver_state,receiver_city,receiver_district,receiver_town,receiver_zip,oaid';
const HOLD_FIELDS = 'is_sh_ship,top_hold,team_buy_hold,share_group_hold,ofp_hold,forbid_consign';
const STATE_FIELDS = `tid,tid_str,status,modified,step_trade_status,step_paid_fee,${HOLD_FIELDS},${RECEIVER_FIELDS},orders`;
const DETAIL_FIELDS = [
  'tid,tid_str,type,status,payment,post_fee,total_fee,discount_fee,adjust_fee,received_payment,commission_fee,cod_fee,cod_status',
  'alipay_no,alipay_point,coupon_fee,tmall_coupon_fee,platform_subsidy_fee,propoint,pcc_af,expandcard_info',
  'pay_time,modified,consign_time,end_time,timeout_action_time,seller_nick,buyer_nick,buyer_open_uid',
  'seller_flag,seller_memo,buyer_message,has_buyer_message,shipping_type,trade_from,receipt_type,receipt_rel_ids',
  'step_trade_status,step_paid_fee,new_presell,general_new_presell,send_time,est_con_time,consign_interval,promise_collect_time,promise_sign_time',
  `is_part_consign,ob_tag,lm,${HOLD_FIELDS},${RECEIVER_FIELDS}`,
  'promotion_details,service_tags,logistics_infos,logistics_agreement,orders',
].join(',');

/** Orders: change windows, single orders, census. */
export class TaobaoOrders {
  private readonly rules: MoneyRules;

  constructor(
    private readonly client: TaobaoClient,
    config: TaobaoConfig,
  ) {
    this.rules = {
      couponFeeUnit: config.couponFeeUnit,
      subsidyUnit: config.subsidyUnit,
      platformPromotions: config.platformPromotions.split(',').filter((prefix) => prefix !== ''),
    };
  }

  /** Numbers of orders modified in the window, last page first. No status filter: an order that left it would be missed. */
  async *changed(call: PlatformCall, window: Window): AsyncIterable<OrderPage> {
    for (const slice of slices(window, MAX_INCREMENT_SECONDS)) {
      const params = {
        start_modified: toShanghaiText(slice.from),
        end_modified: toShanghaiText(slice.to),
        type: [...DEFAULT_TYPES, ...HIDDEN_TYPES].join(','),
      };
      const list = this.list(call, 'taobao.trades.sold.increment.get', params, INCREMENT_PAGE);
      for await (const { page, total, rows } of readBackwards(list)) {
        yield { page, total, items: rows.map((row) => ({ platformOrderNo: orderNoOf(row), ...modifiedAt(row) })) };
      }
    }
  }

  /**
   * Numbers by creation time. Reads the platform's default kinds without naming them and the hidden kinds by name, so a
   * kind that the change pull names wrongly still shows up here.
   */
  async *census(call: PlatformCall, window: Window): AsyncIterable<CensusPage> {
    for (const slice of slices(window, MAX_INCREMENT_SECONDS)) {
      for (const type of [undefined, HIDDEN_TYPES.join(',')]) {
        const params = { start_created: toShanghaiText(slice.from), end_created: toShanghaiText(slice.to), type };
        const name = `${type === undefined ? 'default' : 'hidden'} kinds from ${params.start_created}`;
        const list = this.list(call, 'taobao.trades.sold.get', params, CENSUS_PAGE);
        let isEmpty = true;
        for await (const { total, rows } of readBackwards(list)) {
          isEmpty = false;
          yield { list: name, total, items: rows.map(censusItem) };
        }
        if (isEmpty) yield { list: name, total: 0, items: [] };
      }
    }
  }

  /** One order in full. */
  async detail(call: PlatformCall, platformOrderNo: string): Promise<CanonicalOrder> {
    const startedAt = call.storyNow();
    const { trade, text } = await this.fullinfo(call, platformOrderNo, DETAIL_FIELDS);
    return mapOrder(trade, { startedAt, doneAt: call.storyNow(), raw: text }, this.rules);
  }

  /** State, refunds and holds of one order. */
  async state(call: PlatformCall, platformOrderNo: string): Promise<OrderStateView> {
    return mapOrderState((await this.fullinfo(call, platformOrderNo, STATE_FIELDS)).trade);
  }

  /** Lines of one order with their waybills, for a read-back of a ship notice. */
  async shippedLines(call: PlatformCall, platformOrderNo: string): Promise<JsonObject> {
    return (await this.fullinfo(call, platformOrderNo, 'tid,tid_str,status,modified,orders')).trade;
  }

  private async fullinfo(
    call: PlatformCall,
    tid: string,
    fields: string,
  ): Promise<{ trade: JsonObject; text: string }> {
    const method = 'taobao.trade.fullinfo.get';
    const { root, text } = await this.client.call(call, { method, params: { fields, tid } });
    const trade = asObject(root['trade']);
    if (asText(trade['tid']) === undefined && asText(trade['tid_str']) === undefined) {
      throw new PlatformError('not-found', `Taobao answered no trade for ${tid}; check the number and the shop.`, {
        platform: 'taobao',
        method,
      });
    }
    if (orderNoOf(trade) !== tid) {
      throw new PlatformError(
        'transient',
        `Taobao answered trade ${orderNoOf(trade)} when asked for ${tid}; ask again.`,
        { platform: 'taobao', method },
      );
    }
    return { trade, text };
  }

  private list(
    call: PlatformCall,
    method: string,
    params: Record<string, string | undefined>,
    pageSize: number,
  ): PagedList<JsonObject> {
    const ask = async (paging: Record<string, string>): Promise<CountedPage<JsonObject> & ListPage<JsonObject>> => {
      const page = { page_size: String(pageSize), ...paging };
      const { root } = await this.client.call(call, { method, params: { ...params, ...page } });
      const rows = asList(root['trades'], 'trade');
      return { rows, total: asInteger(root['total_results']), hasNext: asFlag(root['has_next']) };
    };
    return {
      pageSize,
      first: () => ask({ fields: LIST_FIELDS, page_no: '1' }),
      count: async () => (await ask({ fields: 'tid', page_no: '1' })).total ?? 0,
      read: (page) => ask({ fields: LIST_FIELDS, page_no: String(page), use_has_next: 'true' }),
    };
  }
}

function modifiedAt(row: JsonObject): { modifiedAt?: string } {
  const at = timeOf(row, 'modified');
  return at === undefined ? {} : { modifiedAt: at };
}

function censusItem(row: JsonObject): CensusPage['items'][number] {
  const placedAt = timeOf(row, 'created');
  const rawStatus = asText(row['status']);
  return {
    platformOrderNo: orderNoOf(row),
    ...modifiedAt(row),
    ...(placedAt && { placedAt }),
    ...(rawStatus && { rawStatus }),
  };
}
