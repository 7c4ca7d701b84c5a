import { billedFen, type LedgerRow } from '../../../core/ledger';
import { hashText } from '../../../core/random';
import { toPlatformText } from '../../../core/times';
import type { OrderStory, ShopStory } from '../../../core/story.types';
import { taobaoNumbers } from '../numbers';

/** A row of an account as the bill words it (Taobao sheet §12.2, §12.3). */
export interface BillRow {
  flowNo: string;
  businessNo: string;
  merchantNo: string;
  goods: string;
  at: number;
  counterparty: string;
  fen: number;
  channel: string;
  type: string;
  remark: string;
  orderNo: string;
  description: string;
  source: string;
}

type Words = Pick<BillRow, 'merchantNo' | 'type' | 'remark' | 'description'> & Partial<BillRow>;

/** Accounts that take fees (Taobao sheet §12.3). */
const COMMISSION_ACCOUNT = 'hdtmyj@service.aliyun.com';
const SOFTWARE_ACCOUNT = 'tmtech@service.aliyun.com';
const POINTS_ACCOUNT = 'jifenb2c@taobao.com';

const pick = (row: LedgerRow, of: readonly string[]): string => of[hashText(`words:${row.no}`) % of.length]!;

const dayOf = (at: number): string => toPlatformText(at).slice(0, 10).replaceAll('-', '');

/** The number of the payment itself, which a trade shows as `alipay_no`; a refund runs under the same number. */
const paymentNo = (order: OrderStory): string => `${dayOf(order.paidAt ?? order.createdAt)}22001${order.no.slice(-15)}`;

const ownNo = (row: LedgerRow): string => `${dayOf(row.at)}${row.no.padStart(20, '0')}`;

const titleOf = (order: OrderStory | undefined): string => {
  if (!order) return '';
  const title = order.lines[0]!.title.replaceAll(',', '，');
  return order.lines.length > 1 ? `${title}等多件` : title;
};

const masked = (order: OrderStory | undefined): string => (order ? `${order.buyer.nick.slice(0, 3)}***@x.com` : '');

function goodsWords(row: LedgerRow, shop: ShopStory): Words {
  const { order } = row;
  return {
    merchantNo: `T200P${row.strangerNo ?? order?.no ?? ''}`,
    type: shop.kind === 'mall' ? '在线支付' : '交易付款',
    remark: '',
    description: '交易收款',
    businessNo: order ? paymentNo(order) : ownNo(row),
    goods: titleOf(order),
    counterparty: masked(order) || 'zzz***@x.com',
    channel: '支付宝',
  };
}

function refundWords(row: LedgerRow, shop: ShopStory): Words {
  const tid = row.order?.no ?? '';
  return {
    merchantNo: `T200P${tid}`,
    type: shop.kind === 'mall' ? '交易退款' : '退款（交易退款）',
    remark: `售后退款-${row.refundNo ?? ''}-T200P${tid}`,
    description: '售后退款',
    businessNo: row.order ? paymentNo(row.order) : ownNo(row),
    goods: titleOf(row.order),
    counterparty: masked(row.order),
    channel: '支付宝',
  };
}

function wordsOf(row: LedgerRow, shop: ShopStory): Words {
  const tid = row.order?.no ?? '';
  const other = { merchantNo: '', type: '其它' };
  switch (row.kind) {
    case 'goods':
      return goodsWords(row, shop);
    case 'refund':
      return refundWords(row, shop);
    case 'commission':
      return {
        merchantNo: `HJCOM==1==${tid}`,
        type: '其它',
        remark: `天猫佣金（类目）{${tid}}扣款`,
        description: '佣金',
        counterparty: COMMISSION_ACCOUNT,
      };
    case 'points':
      return {
        merchantNo: `CAE_POINT_${tid}`,
        type: '其它',
        remark: `代扣返点积分${tid}`,
        description: '返点积分',
        counterparty: POINTS_ACCOUNT,
      };
    case 'software_fee':
      return {
        ...other,
        remark: `基础软件服务费(${tid})扣款`,
        description: '基础软件服务费',
        counterparty: SOFTWARE_ACCOUNT,
      };
    case 'insurance':
      return { ...other, remark: `保险承保-卖家版运费险-${tid}`, description: '运费险' };
    case 'platform_fee':
      return {
        ...other,
        remark: pick(row, ['品牌新享首单礼金软件服务费', '官方竞价软件服务费', '百亿补贴软件服务费']),
        description: '平台服务费',
        counterparty: SOFTWARE_ACCOUNT,
      };
    case 'deposit':
      return {
        ...other,
        remark: `天猫保证金-充值（代扣）-${pick(row, ['延迟发货', '缺货', '退货邮费'])}`,
        description: '保证金',
      };
    case 'withdrawal':
      return pick(row, ['a', 'b']) === 'a'
        ? { merchantNo: '', type: '提现', remark: '提现', description: '提现' }
        : { merchantNo: '', type: '其它', remark: '转出到网商银行', description: '转出' };
    case 'platform_discount':
      return { ...other, remark: '平台优惠返还', description: '优惠返还' };
    case 'unknown':
      return { ...other, remark: pick(row, ['账户调整', '系统调账', '业务调整单']), description: '' };
  }
}

/** A row of money in the words of the bill. */
export function billRow(row: LedgerRow, shop: ShopStory): BillRow {
  return {
    flowNo: taobaoNumbers.flowNo(Number(row.no)),
    businessNo: ownNo(row),
    goods: '',
    at: row.at,
    counterparty: '',
    fen: billedFen(row),
    channel: '',
    orderNo: row.strangerNo ?? row.order?.no ?? '',
    source: row.kind === 'goods' || row.kind === 'refund' ? '交易' : '账务',
    ...wordsOf(row, shop),
  };
}
