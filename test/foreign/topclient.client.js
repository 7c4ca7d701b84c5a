'use strict';
/**
 * A second foreign program: it loads `node-taobao-topclient` and Node's own modules only. Settings come as JSON in the
 * first argument; the answer is one JSON line on stdout. Run it with TZ=Asia/Shanghai (Taobao sheet §2).
 */
const TopClient = require('node-taobao-topclient').default;

const settings = JSON.parse(process.argv[2]);

/** Resolves with `{answer}` or `{error}`. The HTTP method is POST unless told. */
async function call(method, params, { secret, http } = {}) {
  const client = new TopClient({
    appkey: settings.appKey,
    appsecret: secret ?? settings.appSecret,
    REST_URL: settings.url,
  });
  try {
    return { answer: await client.execute(method, { session: settings.session, ...params }, http ?? 'POST') };
  } catch (error) {
    return { error: { code: error.code, sub_code: error.sub_code, message: error.message } };
  }
}

async function orders() {
  const window = {
    start_modified: settings.from,
    end_modified: settings.to,
    page_size: 2,
    fields: 'tid,tid_str,status,modified',
  };
  const pages = [];
  for (const page of [1, 2])
    pages.push(
      await call(
        'taobao.trades.sold.increment.get',
        { ...window, page_no: page },
        { http: page === 1 ? 'POST' : 'GET' },
      ),
    );
  const listed = pages.flatMap((page) => (page.answer.trades?.trade ?? []).map((trade) => trade.tid_str));
  const detail = await call('taobao.trade.fullinfo.get', { tid: settings.tid, fields: 'tid,tid_str,status,orders' });
  const stock = await call('taobao.skus.quantity.update', {
    num_iid: settings.numIid,
    skuid_quantities: `${settings.skuId}:${settings.quantity}`,
  });
  const send = () =>
    call('taobao.logistics.offline.send', { tid: settings.tid, company_code: 'ZTO', out_sid: settings.waybillNo });
  const sent = await send();
  const again = await send();
  const off = await call('taobao.item.update.delisting', { num_iid: settings.numIid });
  const wrongSecret = await call('taobao.time.get', {}, { secret: 'wrong' });
  return {
    listed,
    pages: pages.map((page) => page.answer.trades.trade.length),
    trade: detail.answer.trade,
    stock: stock.answer,
    sent: sent.answer,
    again: again.error,
    off: off.answer,
    wrongSecret: wrongSecret.error,
  };
}

async function main() {
  const result =
    settings.what === 'orders'
      ? await orders()
      : await call('taobao.trades.sold.get', { fields: 'tid_str', page_size: 1 });
  process.stdout.write(`${JSON.stringify(result)}\n`);
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
