import { Inject, Injectable } from '@nestjs/common';
import { AppError, parseSealKeys, seal, SERVICE_CONFIG, unseal, type SealKeys } from '@app/shared';
import type { AppAccess, ShopAccess } from '@app/platforms';
import type { SyncConfig } from '../sync.config';
import type { ShopRow } from './shop.types';

type SecretName =
  | 'app-secret'
  | 'credentials'
  | 'access-token'
  | 'refresh-token'
  | 'print-data'
  | 'bill-private-key'
  | 'bill-public-key'
  | 'answer';

/** Seals and opens what must never be read in the database, a log, a job or an answer. */
@Injectable()
export class ShopSecrets {
  private readonly keys: SealKeys;

  constructor(@Inject(SERVICE_CONFIG) config: SyncConfig) {
    const text = config.SECRETS_MASTER_KEYS ?? config.SECRETS_MASTER_KEY;
    if (!text)
      throw new Error(
        'Settings are wrong: give SECRETS_MASTER_KEY, 32 bytes in base64, by which platform secrets are encrypted.',
      );
    this.keys = parseSealKeys(text);
  }

  seal(companyId: string, subject: string, name: SecretName, plain: string): string {
    return seal(plain, this.keys, `${companyId}/${subject}/${name}`);
  }

  open(companyId: string, subject: string, name: SecretName, sealed: string): string {
    return unseal(sealed, this.keys, `${companyId}/${subject}/${name}`);
  }

  /** The app of a shop, opened for a call. */
  appOf(shop: ShopRow): AppAccess {
    const credentials = JSON.parse(this.open(shop.companyId, shop.id, 'credentials', shop.credentialsSealed)) as Record<
      string,
      string
    >;
    return {
      appKey: shop.appKey,
      appSecret: this.open(shop.companyId, shop.id, 'app-secret', shop.appSecretSealed),
      credentials,
    };
  }

  /** The shop, opened for a call; without a token when none is stored. */
  accessOf(shop: ShopRow): ShopAccess {
    const accessToken = shop.accessTokenSealed
      ? this.open(shop.companyId, shop.id, 'access-token', shop.accessTokenSealed)
      : undefined;
    return {
      ...this.appOf(shop),
      platformShopId: shop.platformShopId,
      ...(accessToken !== undefined && { accessToken }),
    };
  }

  refreshTokenOf(shop: ShopRow): string {
    if (!shop.refreshTokenSealed)
      throw new AppError('SHOP.NOT_AUTHORISED', `Shop ${shop.id} has no refresh token; authorise it again.`);
    return this.open(shop.companyId, shop.id, 'refresh-token', shop.refreshTokenSealed);
  }
}
