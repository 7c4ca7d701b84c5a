'use strict';
/**
 * A merchant's program that knows nothing of this project: it loads the official SDK `taobao-sdk` and Node's own
 * modules only. Settings come as JSON in the first argument; the answer is one JSON line on stdout. Run it with
 * TZ=Asia/Shanghai: the SDK writes timestamps in the process's own zone (Taobao sheet §2).
 */
const { ApiClient, TmcClient } = require('taobao-sdk');

const settings = JSON.parse(process.argv[2]);

const clientOf = (secret) =>
  new ApiClient({ appkey: settings.appKey, appsecret: secret ?? settings.appSecret, url: settings.url });

/** Resolves with `{answer}` or `{error}`; the SDK calls back with the error body. */
function call(method, params, secret) {
  return new Promise((resolve) => {
    clientOf(secret).execute(method, { session: settings.session, ...params }, (error, answer) => {
      resolve(error ? { error } : { answer });
    });
  });
}

async function orders() {
  const window = {
    start_modified: settings.from,
    end_modified: settings.to,
    page_size: 2,
    fields: 'tid,tid_str,status,modified',
  };
  const pages = [];
  for (const page of [1, 2]) pages.push(await call('taobao.trades.sold.increment.get', { ...window, page_no: page }));
  // The SDK parses with JSON.parse, which rounds 19-digit numbers: tid_str is the one to read.
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
  const wrongSecret = await call('taobao.time.get', {}, 'wrong');
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

/** Confirms three messages and tells them; the process ends when the parent ends it. */
function messages() {
  const told = [];
  const tmc = new TmcClient(settings.appKey, settings.appSecret, 'default');
  const write = console.log;
  console.log = () => undefined;
  tmc.connect(settings.tmcUrl, (message, done) => {
    done();
    told.push({ id: message.id, topic: message.topic, content: message.content });
    if (told.length === settings.count) {
      // A moment for the last confirmation to leave.
      setTimeout(() => {
        write(JSON.stringify(told));
        process.exit(0);
      }, 500);
    }
  });
}

async function main() {
  if (settings.what === 'messages') return messages();
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
