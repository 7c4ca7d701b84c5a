import type { FastifyInstance } from 'fastify';
import type { Core } from './core';
import type { PlatformWords } from './platform-words';
import type { AppStory, ShopStory } from './story.types';

/** A shop that exists from the first start on. */
export interface FirstShop {
  shopId: string;
  name: string;
  kind: 'mall' | 'market';
  accessToken: string;
  refreshToken: string;
}

/** What a part adds to the control API about its programs and shops. */
export interface PartDesk {
  /** Further fields of a program in `GET /_control/apps`. */
  tellApp?(app: AppStory): Record<string, unknown>;
  /** Takes a part's own fields of a program from `POST /_control/apps`; throws BadShopFields when they are wrong. */
  takeApp?(app: AppStory, fields: Record<string, unknown>): void;
  /** Further fields of a shop in `GET /_control/apps`. */
  tellShop(shop: ShopStory): Promise<Record<string, unknown>>;
  /** Takes a part's own fields of a shop from `POST /_control/apps`; throws BadShopFields when they are wrong. */
  takeShop(shop: ShopStory, fields: Record<string, unknown>): void;
}

/** Why a part does not take the fields of a program or shop. */
export class BadShopFields extends Error {}

/** One platform's part of the simulator; a folder under platforms/ exports one as `simulatorPart`. */
export interface SimulatorPart extends PlatformWords {
  gatewayPath: string;
  /** The app and shops that exist from the first start on. */
  firstApp: { appKey: string; appSecret: string; name: string; shops: FirstShop[] };
  /** Adds the platform's addresses to the server. Called once, after the log was read; holds its state per call. */
  register(server: FastifyInstance, core: Core): PartDesk | void | Promise<PartDesk | void>;
}
