import { pay } from '../core/acts';
import type { Core } from '../core/core';
import type { OrderKind, OrderStory, Receiver } from '../core/story.types';
import { DEFAULT_MIX } from '../seed/generator';
import { buyerOf, receiverOf } from '../seed/people';
import { placeOrder, type Wish } from '../seed/place-order';
import { badRequest, notFound } from './control.errors';
import { bodyOf, numberIn, optionalText, text, type Body } from './control.input';

function wishOf(core: Core, platform: string, shopId: string, line: Body): Wish {
  const quantity = numberIn(line, 'quantity', 0, 1e12, 1);
  const skuId = optionalText(line, 'listingSkuId');
  const code = optionalText(line, 'merchantCode');
  for (const listing of core.story.listingsIn(platform, shopId)) {
    const sku = listing.skus.find((one) => (skuId === undefined ? one.merchantCode === code : one.id === skuId));
    if (sku) return { listing, sku, quantity };
  }
  throw notFound(`Shop ${shopId} lists no SKU ${skuId ?? code ?? ''}; seed listings first.`);
}

/** Places one order by hand: `{platformShopId, lines:[{merchantCode|listingSkuId, quantity}], kind?, paid?, buyer?, receiver?, freightFen?, …}`. */
export function placeByHand(core: Core, platform: string, body: Body): OrderStory {
  const shopId = text(body, 'platformShopId');
  const shop = core.story.shop(platform, shopId);
  if (!shop) throw notFound(`No shop ${shopId} exists on ${platform}.`);
  const kind = text(body, 'kind', 'ordinary');
  if (!(kind in DEFAULT_MIX)) throw badRequest(`kind must be one of ${Object.keys(DEFAULT_MIX).join(', ')}.`);
  const lines = Array.isArray(body.lines) ? body.lines : [];
  if (lines.length === 0) throw badRequest('lines must name at least one line.');
  const buyerNumber = numberIn(body, 'buyer', 0, 1e9, 7);
  const message = optionalText(body, 'buyerMessage');
  const order = placeOrder(core, {
    shop,
    kind: kind as OrderKind,
    buyer: buyerOf(core.part(platform).numbers.buyerOpenId, buyerNumber),
    receiver: {
      ...receiverOf(core.chance(`home:${platform}:${buyerNumber}`)),
      ...(bodyOf(body.receiver) as Partial<Receiver>),
    },
    wishes: lines.map((line) => wishOf(core, platform, shopId, bodyOf(line))),
    at: core.now(),
    freightFen: numberIn(body, 'freightFen', 0, 1e9, 0),
    shopDiscountFen: numberIn(body, 'shopDiscountFen', 0, 1e9, 0),
    platformDiscountFen: numberIn(body, 'platformDiscountFen', 0, 1e9, 0),
    ...(message === undefined ? {} : { buyerMessage: message }),
    plan: [],
  });
  if (body.paid === true) pay(core, order, core.now());
  return order;
}
