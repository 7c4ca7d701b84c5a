/** An app registered with a platform; holds secrets, so it is never logged or put into a job. */
export interface AppAccess {
  appKey: string;
  appSecret: string;
  /** Further values of the manifest's credentialSchema. */
  credentials?: Readonly<Record<string, string>>;
}

/**
 * Access to the account at a payment provider from which a shop's bills are fetched, where the platform keeps them
 * elsewhere (capability `billsNeedAccount`); holds secrets, so it is never logged or put into a job.
 */
export interface BillAccount {
  /** The merchant's app at the provider. */
  appId: string;
  /** The merchant's private key, PEM; signs requests. */
  privateKeyPem: string;
  /** The provider's public key, PEM; verifies answers. */
  platformPublicKeyPem: string;
}

/** A shop as an adapter sees it; holds secrets, so it is never logged or put into a job. */
export interface ShopAccess extends AppAccess {
  /** The platform's own id of the shop. */
  platformShopId: string;
  accessToken?: string;
  /** Present in calls for bills, where capabilities.billsNeedAccount is set. */
  billAccount?: BillAccount;
}

/** What every call needs beside its arguments. */
export interface PlatformCall {
  shop: ShopAccess;
  /** Real time: signatures and time-outs. */
  wireNow(): Date;
  /** Business time: fetchedAt, fetchStartedAt, future-dated checks. */
  storyNow(): Date;
  /** Ends the call early, e.g. at shutdown. */
  signal?: AbortSignal;
  /** Takes a token of the bucket of (app, shop, method); resolves when the request may leave, or throws `rate-limited`. */
  admit?(method: string): Promise<void>;
  /**
   * The platform refused a token in the middle of a reading: resolves with true when `shop.accessToken` is another one
   * now, so that the same request may be sent once more.
   */
  renewToken?(refused: string): Promise<boolean>;
  /** Keeps an answer that could not be read for whoever looks into it; never throws. */
  keepAnswer?(answer: UnreadableAnswer): Promise<void>;
}

/** An answer of a platform that could not be read. */
export interface UnreadableAnswer {
  method: string;
  /** HTTP status. */
  status: number;
  /** Why it could not be read. */
  cause: string;
  /** The body exactly as it came, before any inflation. */
  bytes: Buffer;
}

/** Half-open span of business time; adapters may read more at the edges, never less. */
export interface Window {
  from: Date;
  to: Date;
}
