import type { Core } from '../core/core';
import { DAY, wholeSecond } from '../core/times';
import type { ListingStory, ShopStory } from '../core/story.types';

interface Product {
  code: string;
  title: string;
  colours: readonly [string, string][];
  sizes: readonly string[];
  priceFen: number;
}

const KINDS: readonly (readonly [string, string, readonly string[], number])[] = [
  ['TEE', '纯棉短袖T恤', ['S', 'M', 'L', 'XL'], 5_900],
  ['JEAN', '直筒牛仔裤', ['28', '29', '30', '31'], 12_900],
  ['SOCK', '中筒棉袜三双装', ['均码'], 1_990],
  ['CAP', '棒球帽', ['均码'], 3_900],
  ['MUG', '陶瓷马克杯', ['350ml', '500ml'], 2_990],
  ['BAG', '帆布单肩包', ['均码'], 4_590],
  ['COAT', '轻薄羽绒服', ['M', 'L', 'XL'], 29_900],
  ['TOWEL', '加厚毛巾', ['34x72'], 1_590],
];
const COLOURS: readonly [string, string][] = [
  ['红色', 'RED'],
  ['黑色', 'BLK'],
  ['白色', 'WHT'],
  ['蓝色', 'BLU'],
  ['灰色', 'GRY'],
];

/** The n-th product of the merchant, the same in every shop: its merchant codes are what the shops share. */
export function productOf(n: number): Product {
  const [base, name, sizes, price] = KINDS[n % KINDS.length]!;
  const round = Math.floor(n / KINDS.length);
  return {
    code: round === 0 ? base : `${base}${round + 1}`,
    title: round === 0 ? `${name} 汇店优选` : `${name} 第${round + 1}款`,
    colours: COLOURS.slice(0, 1 + ((n + 2) % 3)),
    sizes,
    priceFen: price + round * 300,
  };
}

/** Builds a listing of a product and adds it to a shop. */
export function addListing(core: Core, shop: ShopStory, n: number, stock: number, now: number): ListingStory {
  const at = wholeSecond(now);
  const product = productOf(n);
  const { numbers } = core.part(shop.platform);
  const seq = core.story.nextNumber();
  const listing: ListingStory = {
    platform: shop.platform,
    shopId: shop.shopId,
    id: numbers.listingId(seq),
    seq,
    title: product.title,
    itemCode: product.code,
    state: 'on_sale',
    deductsOn: shop.kind === 'mall' ? 'pay' : 'order',
    isVirtual: false,
    isNoStock: false,
    isUnmapped: false,
    createdAt: at - 60 * DAY,
    modifiedAt: at,
    skus: product.colours.flatMap(([colour, code]) =>
      product.sizes.map((size) => ({
        id: numbers.skuId(core.story.nextNumber()),
        merchantCode: product.sizes.length === 1 ? `${product.code}-${code}` : `${product.code}-${code}-${size}`,
        spec: `颜色分类:${colour};尺码:${size}`,
        priceFen: product.priceFen,
        quantity: stock,
        held: 0,
        sold: 0,
        modifiedAt: at,
      })),
    ),
  };
  core.story.addListing(listing);
  return listing;
}

const SPECIALS = [
  { key: 'isNoStock', title: '补差价专拍 拍下不发货', code: 'PRICE-DIFF', fen: 100 },
  { key: 'isVirtual', title: '会员充值卡 自动发货', code: 'CARD-100', fen: 10_000 },
  { key: 'isUnmapped', title: '老款清仓（未登记商家编码）', code: 'OLD-UNKNOWN-77', fen: 1_900 },
] as const;

/** Adds the odd listings of a shop: a price difference, a virtual good, and one whose merchant code nobody knows. */
export function addSpecialListings(core: Core, shop: ShopStory, now: number): void {
  const at = wholeSecond(now);
  const { numbers } = core.part(shop.platform);
  for (const special of SPECIALS) {
    if (core.story.listingsIn(shop.platform, shop.shopId).some((one) => one.title === special.title)) continue;
    const seq = core.story.nextNumber();
    core.story.addListing({
      platform: shop.platform,
      shopId: shop.shopId,
      id: numbers.listingId(seq),
      seq,
      title: special.title,
      itemCode: special.code,
      state: 'on_sale',
      deductsOn: 'pay',
      isVirtual: special.key === 'isVirtual',
      isNoStock: special.key === 'isNoStock',
      isUnmapped: special.key === 'isUnmapped',
      createdAt: at - 60 * DAY,
      modifiedAt: at,
      skus: [
        {
          id: numbers.skuId(core.story.nextNumber()),
          merchantCode: special.code,
          spec: '规格:默认',
          priceFen: special.fen,
          quantity: 9_999,
          held: 0,
          sold: 0,
          modifiedAt: at,
        },
      ],
    });
  }
}
