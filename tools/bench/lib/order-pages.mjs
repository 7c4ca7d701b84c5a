import { createHash } from 'node:crypto';

/** Lines of each order, and orders of each page. */
export const LINES = 3;
export const PAGE = 100;

const CITIES = [
  ['浙江省', '杭州市', '余杭区'],
  ['广东省', '深圳市', '南山区'],
  ['四川省', '成都市', '武侯区'],
  ['北京', '北京市', '朝阳区'],
];
const iso = (ms) => new Date(ms + 8 * 3_600_000).toISOString().replace(/\.\d+Z$/, '+08:00');

/** The platform's own text of an order with three lines, about 1.7 kB, as a pull would bring it. */
function rawText(no, nick, lines, at) {
  return JSON.stringify({
    tid: no,
    tid_str: no,
    status: 'WAIT_SELLER_SEND_GOODS',
    type: 'fixed',
    created: at,
    pay_time: at,
    modified: at,
    buyer_nick: nick,
    buyer_open_uid: `AAE${no}`,
    oaid: `1Xx8${no}`,
    receiver_name: '李*',
    receiver_mobile: '139****0000',
    receiver_address: '望京**',
    payment: '254.80',
    post_fee: '0.00',
    orders: {
      order: lines.map((line) => ({
        oid: line.platformLineNo,
        oid_str: line.platformLineNo,
        num_iid: line.listingId,
        sku_id: line.listingSkuId,
        outer_sku_id: line.merchantCode,
        title: line.title,
        sku_properties_name: line.specText,
        price: '99.00',
        num: line.quantity,
        discount_fee: '10.00',
        total_fee: '89.00',
        payment: '89.00',
        status: 'WAIT_SELLER_SEND_GOODS',
        refund_status: 'NO_REFUND',
        seller_type: 'B',
      })),
    },
  });
}

/** Makes pages of paid orders whose numbers rise like a platform's; the same number makes the same order. */
export class OrderPages {
  /** `goods`: rows of the simulator's stock, of which every order takes three. */
  constructor({ shopId, goods, placedAt }) {
    Object.assign(this, { shopId, goods, placedAt, next: 0 });
  }

  order(n, lineCount = LINES) {
    const no = `22${String(30_000_000_000 + n).padStart(13, '0')}4567`;
    const placed = this.placedAt + n * 10;
    const lines = Array.from({ length: lineCount }, (_, index) => {
      const good = this.goods[(n * LINES + index) % this.goods.length];
      return {
        platformLineNo: lineCount === 1 ? no : `${no}${index + 1}`,
        listingId: good.listingId,
        listingSkuId: good.listingSkuId,
        merchantCode: good.merchantCode,
        title: '纯棉短袖T恤 汇店优选',
        specText: '颜色分类:黑色;尺码:XL',
        quantity: 1 + ((n + index) % 2),
        unitPriceFen: 9_900,
        discountFen: 1_000,
        paidFen: 9_900 * (1 + ((n + index) % 2)) - 1_000,
        refundState: 'none',
        platformLineState: 'paid',
        rawStatus: 'WAIT_SELLER_SEND_GOODS',
      };
    });
    const goodsFen = lines.reduce((sum, line) => sum + line.unitPriceFen * line.quantity, 0);
    const payableFen = goodsFen - 1_000 * lineCount;
    const [province, city, district] = CITIES[n % CITIES.length];
    const at = iso(placed);
    const raw = rawText(no, 't**', lines, at);
    return {
      platformOrderNo: no,
      platformState: 'paid',
      rawStatus: 'WAIT_SELLER_SEND_GOODS',
      modifiedAt: at,
      fetchStartedAt: iso(placed + 1_000),
      fetchedAt: iso(placed + 2_000),
      placedAt: at,
      paidAt: at,
      shipBy: iso(placed + 48 * 3_600_000),
      currency: 'CNY',
      buyer: { id: `AAE${no}`, nick: 't**' },
      receiver: {
        cipher: { oaid: `1Xx8${no}` },
        masked: { name: '李*', phone: '139****0000', province, city, district, address: '望京**' },
        mergeKey: `1Xx8${n % 100_000}`,
      },
      amounts: {
        goodsFen,
        freightFen: 0,
        shopDiscountFen: 1_000 * lineCount,
        platformDiscountFen: 0,
        payableFen,
        paidFen: payableFen,
      },
      lines,
      contentHash: createHash('sha256').update(raw).digest('hex'),
      raw,
    };
  }

  /** The next orders that nobody has seen. */
  take(count) {
    const orders = Array.from({ length: count }, (_, index) => this.order(this.next + index));
    this.next += count;
    return orders;
  }

  /** Bodies of PUT /orders/v1/platform-orders, ready to be sent. */
  bodies(orders, size = PAGE) {
    const bodies = [];
    for (let start = 0; start < orders.length; start += size)
      bodies.push(Buffer.from(JSON.stringify({ shopId: this.shopId, items: orders.slice(start, start + size) })));
    return bodies;
  }
}
