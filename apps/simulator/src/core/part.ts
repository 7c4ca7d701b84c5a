import type { FastifyInstance } from 'fastify';
import type { Core } from './core';
import type { PlatformWords } from './platform-words';

/** A shop that exists from the first start on. */
export interface FirstShop {
  shopId: string;
  name: string;
  kind: 'mall' | 'market';
  accessToken: string;
  refreshToken: string;
}

/** One platform's part of the simulator; a folder under platforms/ exports one as `simulatorPart`. */
export interface SimulatorPart extends PlatformWords {
  gatewayPath: string;
  /** The app and shops that exist from the first start on. */
  firstApp: { appKey: string; appSecret: string; name: string; shops: FirstShop[] };
  /** Adds the platform's addresses to the server. Called once, after the log was read; holds its state per call. */
  register(server: FastifyInstance, core: Core): void | Promise<void>;
}
