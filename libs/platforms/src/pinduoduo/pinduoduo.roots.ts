/** A method that this folder calls. */
export type PinduoduoMethod = keyof typeof ROOTS;

/**
 * Root key per method (Pinduoduo sheet Appendix B). The names follow no rule, some are misspelt on the platform's side,
 * and one answer has none, so each is looked up and none is made from the method's name.
 */
export const ROOTS = {
  'pdd.time.get': 'time_get_response',
  'pdd.pop.auth.token.create': 'pop_auth_token_create_response',
  'pdd.pop.auth.token.refresh': 'pop_auth_token_refresh_response',
  'pdd.mall.info.get': 'mall_info_get_response',
  'pdd.order.list.get': 'order_list_get_response',
  'pdd.order.number.list.increment.get': 'order_sn_increment_get_response',
  'pdd.order.information.get': 'order_info_get_response',
  'pdd.order.upload.extra.logistics': 'upload_extra_logistics_response',
  'pdd.refund.list.increment.get': 'refund_increment_get_response',
  'pdd.refund.information.get': undefined,
  'pdd.goods.list.get': 'goods_list_get_response',
  'pdd.goods.detail.get': 'goods_detail_get_response',
  'pdd.goods.quantity.update': 'goods_quantity_update_response',
  'pdd.goods.sale.status.set': 'goods_sale_status_set_response',
  'pdd.logistics.companies.get': 'logistics_companies_get_response',
  'pdd.logistics.online.send': 'logistics_online_send_response',
  'pdd.waybill.get': 'pdd_waybill_get_response',
  'pdd.waybill.update': 'pdd_waybill_update_response',
  'pdd.waybill.cancel': 'pdd_waybill_cancel_response',
  'pdd.waybill.search': 'pdd_waybill_search_response',
  'pdd.cloudprint.stdtemplates.get': 'pdd_cloudprint_stdtemplates_get_response',
  'pdd.finance.balance.daily.bill.url.get': 'finance_balance_daily_bill_url_get_response',
  'pdd.pmc.user.permit': 'pmc_user_permit_response',
} as const satisfies Record<string, string | undefined>;
