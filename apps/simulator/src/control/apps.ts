import type { Core } from '../core/core';
import { USUAL_RATES } from '../core/money';
import { BadShopFields, type PartDesk, type SimulatorPart } from '../core/part';
import { DAY, toIso } from '../core/times';
import type { AppStory, ShopStory } from '../core/story.types';
import { badRequest, notFound } from './control.errors';
import { bodyOf, text, type Body } from './control.input';

/** How long a grant made by hand lasts on the wire clock. */
const TOKEN_LIFE_MS = 365 * DAY;

type Desks = ReadonlyMap<string, PartDesk>;

async function tellShop(shop: ShopStory, desk: PartDesk | undefined): Promise<Body> {
  return {
    platformShopId: shop.shopId,
    name: shop.name,
    kind: shop.kind,
    accessToken: shop.accessToken,
    refreshToken: shop.refreshToken,
    tokenState: shop.tokenState,
    expiresAt: toIso(shop.tokenExpiresAt),
    ...(await desk?.tellShop(shop)),
  };
}

/** All programs with their keys and shops, and what the platforms add to a shop. */
export async function listApps(core: Core, parts: Map<string, SimulatorPart>, desks: Desks): Promise<Body> {
  const items = await Promise.all(
    core.story.allApps().map(async (app) => ({
      platform: app.platform,
      appKey: app.appKey,
      appSecret: app.appSecret,
      name: app.name,
      gatewayPath: parts.get(app.platform)?.gatewayPath,
      feeRates: parts.get(app.platform)?.feeRates ?? USUAL_RATES,
      ...desks.get(app.platform)?.tellApp?.(app),
      shops: await Promise.all(
        core.story
          .allShops(app.platform)
          .filter((shop) => shop.appKey === app.appKey)
          .map((shop) => tellShop(shop, desks.get(app.platform))),
      ),
    })),
  );
  return { items };
}

function addShop(
  core: Core,
  platform: string,
  appKey: string,
  body: Body,
  shop: Body,
  desk: PartDesk | undefined,
): void {
  const shopId = text(shop, 'platformShopId');
  const accessToken = text(shop, 'accessToken', text(body, 'accessToken', `6100a${shopId}${appKey}`));
  const added: ShopStory = {
    platform,
    shopId,
    appKey,
    name: text(shop, 'name', `店铺${shopId}`),
    kind: shop.kind === 'market' ? 'market' : 'mall',
    accessToken,
    refreshToken: text(shop, 'refreshToken', `r${accessToken}`),
    tokenState: 'valid',
    tokenExpiresAt: core.clocks.wire(platform) + (core.part(platform).tokenLifeMs ?? TOKEN_LIFE_MS),
    pushPermitted: false,
    pushTopics: [],
  };
  taken(() => desk?.takeShop(added, shop));
  core.story.putShop(added);
}

/** What a part does not take is told as a bad request. */
function taken(take: () => void): void {
  try {
    take();
  } catch (error) {
    throw error instanceof BadShopFields ? badRequest(error.message) : error;
  }
}

/** Adds a program with given key, secret and shops; both may bring fields of their platform, such as `alipay`. */
export async function addApp(core: Core, parts: Map<string, SimulatorPart>, desks: Desks, body: Body): Promise<Body> {
  const platform = text(body, 'platform');
  if (!parts.has(platform)) throw notFound(`No platform is named ${platform}.`);
  const appKey = text(body, 'appKey');
  const forbidden = Array.isArray(body.forbiddenMethods) ? body.forbiddenMethods.map(String) : [];
  const app: AppStory = {
    platform,
    appKey,
    appSecret: text(body, 'appSecret'),
    name: text(body, 'name', appKey),
    forbiddenMethods: forbidden,
  };
  taken(() => desks.get(platform)?.takeApp?.(app, body));
  core.story.putApp(app);
  const single =
    body.accessToken === undefined ? [] : [{ ...body, name: undefined, platformShopId: body.platformShopId ?? appKey }];
  for (const entry of Array.isArray(body.shops) ? body.shops : single)
    addShop(core, platform, appKey, body, bodyOf(entry), desks.get(platform));
  return listApps(core, parts, desks);
}
