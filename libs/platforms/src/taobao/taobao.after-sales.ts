import { stringify } from 'lossless-json';
import { CanonicalAfterSale } from '@app/contracts/canonical';
import { toShanghaiText } from '@app/shared';
import { AfterSalePage, PlatformCall, PlatformError, Window, isPlatformError } from '../port';
import { TaobaoClient } from './taobao.client';
import { JsonObject, asFlag, asInteger, asList, asObject, asText } from '../kit/answer.json';
import { mapAfterSale } from './taobao.after-sale-mapper';
import { CountedPage, ListPage, PagedList, readBackwards, slices } from '../kit/paging';

const METHOD = 'taobao.refunds.receive.get';
const DETAIL_METHOD = 'taobao.refund.get';
const PAGE_SIZE = 50;
/** No limit is documented; one day is what the sheet advises (Taobao sheet §7.1). */
const MAX_SPAN_SECONDS = 86_400;
const TYPES =
  'guarantee_trade,auto_delivery,ec,cod,step,fixed,auction,nopaid,fenxiao,independent_simple_trade,independent_shop_trade,external_trade,instant_trade,b2c_cod';
const FIELDS =
  'refund_id,tid,oid,status,order_status,good_status,dispute_type,refund_phase,refund_version,refund_fee,payment,total_fee,has_good_return,reason,desc,num,num_iid,sku,outer_id,title,company_name,sid,good_return_time,created,modified,refund_remind_timeout,cs_status,advance_status,operation_contraint,split_seller_fee,split_taobao_fee,buyer_open_uid';

/** Refunds and returns modified in a window; exchanges of Tmall have a list of their own and are not in this one. */
export async function* readAfterSales(
  client: TaobaoClient,
  call: PlatformCall,
  window: Window,
): AsyncIterable<AfterSalePage> {
  for (const slice of slices(window, MAX_SPAN_SECONDS)) {
    const startedAt = call.storyNow();
    for await (const { total, rows } of readBackwards(paged(client, call, slice))) {
      yield { total, ...mapRows(rows, startedAt, call.storyNow()) };
    }
  }
}

/** One refund by its number; its raw text is the answer as it came. */
export async function readAfterSale(
  client: TaobaoClient,
  call: PlatformCall,
  platformAfterSaleNo: string,
): Promise<CanonicalAfterSale> {
  const startedAt = call.storyNow();
  const { root, text } = await client.call(call, {
    method: DETAIL_METHOD,
    params: { fields: FIELDS, refund_id: platformAfterSaleNo },
  });
  const refund = asObject(root['refund']);
  const answered = asText(refund['refund_id']);
  if (answered === platformAfterSaleNo) return mapAfterSale(refund, { startedAt, doneAt: call.storyNow(), raw: text });
  if (answered === undefined)
    throw new PlatformError(
      'not-found',
      `Taobao answered no refund for ${platformAfterSaleNo}; check the number and the shop.`,
      { platform: 'taobao', method: DETAIL_METHOD },
    );
  throw new PlatformError(
    'transient',
    `Taobao answered refund ${answered} when asked for ${platformAfterSaleNo}; ask again.`,
    { platform: 'taobao', method: DETAIL_METHOD },
  );
}

/** One refund that cannot be read is listed as failed and does not stop its page. */
function mapRows(rows: readonly JsonObject[], startedAt: Date, doneAt: Date): AfterSalePage {
  const afterSales: CanonicalAfterSale[] = [];
  const failed: { platformAfterSaleNo: string; reason: string }[] = [];
  for (const row of rows) {
    try {
      afterSales.push(mapAfterSale(row, { startedAt, doneAt, raw: stringify(row) ?? '' }));
    } catch (error) {
      if (!isPlatformError(error)) throw error;
      failed.push({ platformAfterSaleNo: asText(row['refund_id']) ?? '', reason: error.message });
    }
  }
  return { afterSales, ...(failed.length > 0 && { failed }) };
}

function paged(client: TaobaoClient, call: PlatformCall, window: Window): PagedList<JsonObject> {
  const ask = async (paging: Record<string, string>): Promise<CountedPage<JsonObject> & ListPage<JsonObject>> => {
    const params = {
      start_modified: toShanghaiText(window.from),
      end_modified: toShanghaiText(window.to),
      type: TYPES,
      page_size: String(PAGE_SIZE),
      ...paging,
    };
    const { root } = await client.call(call, { method: METHOD, params });
    const rows = asList(root['refunds'], 'refund');
    return { rows, total: asInteger(root['total_results']), hasNext: asFlag(root['has_next']) };
  };
  return {
    pageSize: PAGE_SIZE,
    first: () => ask({ fields: FIELDS, page_no: '1' }),
    count: async () => (await ask({ fields: 'refund_id', page_no: '1' })).total ?? 0,
    read: (page) => ask({ fields: FIELDS, page_no: String(page), use_has_next: 'true' }),
  };
}
