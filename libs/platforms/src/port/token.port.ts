import { AppAccess } from './platform.call';

/** What a platform answered when a shop was authorised or its token refreshed. */
export interface TokenGrant {
  accessToken: string;
  /** Absent or useless when the platform offers no refresh; see refreshExpiresAt. */
  refreshToken?: string;
  /** End of the access token, wire time. */
  expiresAt: Date;
  /** End of the refresh token, wire time; absent when nothing can be refreshed. */
  refreshExpiresAt?: Date;
  /** The platform's own id of the shop, to be compared with the shop that was to be authorised. */
  platformShopId?: string;
  shopName?: string;
  /** Methods or permission classes that the token covers, when the platform says so. */
  scopes?: readonly string[];
  /** Ends of single permission classes that are shorter than expiresAt, by the platform's name of the class. */
  classExpiresAt?: Readonly<Record<string, Date>>;
}

/** Clock and stop signal of a call without a shop token. */
export interface TokenCall {
  app: AppAccess;
  wireNow(): Date;
  signal?: AbortSignal;
}

/** Authorising shops. */
export interface TokenPort {
  /** Page that the merchant opens; `state` comes back unchanged with the code. */
  authorisationUrl(
    app: Pick<AppAccess, 'appKey' | 'credentials'>,
    request: { redirectUri: string; state: string },
  ): string;

  /** Code of the callback → token. Throws `rejected` when the code is used or too old. */
  exchangeCode(call: TokenCall, request: { code: string; redirectUri: string }): Promise<TokenGrant>;

  /**
   * Refresh token → new token. Throws `reauthorise` when the platform refuses it for good. After a lost answer the
   * old refresh token may be gone; the caller keeps both until one works.
   */
  refreshToken(call: TokenCall, refreshToken: string): Promise<TokenGrant>;
}
