'use strict';
/**
 * A merchant's program that knows nothing of this project: it loads the package `pdd-sdk` and Node's own modules only.
 * Settings come as JSON in the first argument; the answer is one JSON line on stdout. The package has its address built
 * in; the HTTP client inside of it takes another one at run time.
 */
const PddSdk = require('pdd-sdk').default;
const http = require('pdd-sdk/dist/request_utils').default;

const settings = JSON.parse(process.argv[2]);
http.defaults.baseURL = settings.url;

/** Resolves with `{answer}` or `{error}`; the package rejects with the whole error answer. */
async function call(type, params, secret) {
  const sdk = new PddSdk({ clientId: settings.clientId, clientSecret: secret ?? settings.clientSecret });
  try {
    return { answer: await sdk.execute(type, { access_token: settings.token, ...params }) };
  } catch (error) {
    if (!error.error_response) throw error;
    return { error: error.error_response };
  }
}

async function orders() {
  const window = {
    start_updated_at: settings.from,
    end_updated_at: settings.to,
    is_lucky_flag: 0,
    order_status: 5,
    refund_status: 5,
    page_size: 2,
  };
  const pages = [];
  for (const page of [1, 2]) pages.push(await call('pdd.order.number.list.increment.get', { ...window, page }));
  const rows = pages.map((page) => page.answer.order_sn_increment_get_response.order_sn_list);
  const detail = await call('pdd.order.information.get', { order_sn: settings.orderSn });
  const stock = await call('pdd.goods.quantity.update', {
    goods_id: settings.goodsId,
    sku_id: settings.skuId,
    quantity: settings.quantity,
  });
  const send = () =>
    call('pdd.logistics.online.send', {
      order_sn: settings.orderSn,
      logistics_id: 115,
      tracking_number: settings.waybillNo,
    });
  const sent = await send();
  const again = await send();
  const wrongSecret = await call('pdd.mall.info.get', {}, 'wrong');
  return {
    pages: rows.map((page) => page.length),
    listed: rows.flat().map((row) => row.order_sn),
    order: detail.answer.order_info_get_response.order_info,
    stock: stock.answer,
    sent: sent.answer,
    again: again.error,
    wrongSecret: wrongSecret.error,
  };
}

/** The nested parameter of an e-waybill: the package signs and sends the same JSON text. */
const waybill = () =>
  call('pdd.waybill.get', {
    param_waybill_cloud_print_apply_new_request: {
      wp_code: 'YTO',
      need_encrypt: true,
      sender: settings.sender,
      trade_order_info_dtos: [
        {
          object_id: '1',
          user_id: 1,
          template_url: 'https://file-link.pinduoduo.com/yto_std',
          order_info: { order_channels_type: 'PDD', trade_order_list: [settings.orderSn] },
          package_info: { id: 'p1', items: [{ name: '棉T恤 红,XL', count: 1 }] },
        },
      ],
    },
  });

const TASKS = { orders, waybill, one: () => call('pdd.mall.info.get', {}) };

TASKS[settings.what]().then(
  (result) => process.stdout.write(`${JSON.stringify(result)}\n`),
  (error) => {
    console.error(error);
    process.exit(1);
  },
);
