/** Life cycle of a shop's token. `expiring`: valid, but its end is near; `revoked`: the platform refuses it. */
export type TokenState = 'missing' | 'valid' | 'expiring' | 'expired' | 'revoked';

/** What can be paused per shop. */
export type Switch = 'pull' | 'push' | 'ship-notice';

/** A shop as stored. Sealed members are opened by ShopSecrets alone. */
export interface ShopRow {
  companyId: string;
  id: string;
  platform: string;
  platformShopId: string;
  name: string;
  appKey: string;
  appSecretSealed: string;
  credentialsSealed: string;
  goLiveAt: Date;
  defaultCarrier: string;
  pullFrom: Date;
  tokenState: TokenState;
  accessTokenSealed: string | null;
  refreshTokenSealed: string | null;
  tokenNo: number;
  tokenExpiresAt: Date | null;
  refreshExpiresAt: Date | null;
  tokenScopes: string | null;
  tokenError: string | null;
  refreshClaimedUntil: Date | null;
  nextRefreshAt: Date | null;
  pull: 'on' | 'paused';
  pullUntil: Date | null;
  pullReason: string | null;
  push: 'off' | 'on' | 'paused';
  pushUntil: Date | null;
  pushReason: string | null;
  shipNotice: 'on' | 'paused';
  shipNoticeUntil: Date | null;
  shipNoticeReason: string | null;
  pushPercent: number;
  pushFloor: number;
  messagesSubscribedAt: Date | null;
  version: number;
  createdAt: Date;
  /** A long ban of its app or of itself was noted when the row was read; it may be over. */
  hasBan: boolean;
}

/** True while calls with the shop's token may succeed. */
export function hasUsableToken(shop: Pick<ShopRow, 'tokenState'>): boolean {
  return shop.tokenState === 'valid' || shop.tokenState === 'expiring';
}
