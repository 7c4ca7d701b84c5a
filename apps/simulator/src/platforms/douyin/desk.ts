import type { Core } from '../../core/core';
import type { LogRecord } from '../../core/event-log';
import { BadShopFields, type PartDesk } from '../../core/part';
import type { AppStory, ShopStory } from '../../core/story.types';
import type { SignMethod } from './sign';

/** What a merchant sets for a program in the platform's console. */
export interface AppSettings {
  /** Where pushes go; empty sends none. */
  webhookUrl: string;
  pushSign: SignMethod;
  /** Where the authorise page sends the browser back; empty shows the code instead. */
  redirectUrl: string;
  /** Refuses bodies whose keys are not sorted, so that a client stays canonical (Douyin sheet §14). */
  isStrict: boolean;
}

/** How many values a shop may decrypt in a story day unless told; the real numbers are not known (Douyin sheet §10). */
const DECRYPT_QUOTA = 5_000;

const isAddress = (value: string): boolean => value === '' || /^https?:\/\//.test(value);

/** The platform's console: settings of programs and shops, kept over restarts. */
export class DouyinDesk implements PartDesk {
  private readonly apps = new Map<string, AppSettings>();
  private readonly quotas = new Map<string, number>();
  private readonly listeners: ((appKey: string) => void)[] = [];

  constructor(
    private readonly core: Core,
    private readonly firstAppKey: string,
  ) {}

  replay(record: LogRecord): void {
    if (record.k === 'douyin:app') this.apps.set(record.app as string, record.settings as AppSettings);
    if (record.k === 'douyin:quota') this.quotas.set(record.shop as string, record.quota as number);
  }

  settingsOf(appKey: string): AppSettings {
    const base = this.core.config.webhookBase;
    const isOwn = base !== '' && appKey === this.firstAppKey;
    const webhookUrl = isOwn ? `${base}/webhooks/douyin/${appKey}` : '';
    const redirectUrl = isOwn ? `${base}/sync/v1/authorisations/callback` : '';
    return this.apps.get(appKey) ?? { webhookUrl, pushSign: 'md5', redirectUrl, isStrict: false };
  }

  /** How many values a shop may decrypt in a story day. */
  decryptQuota(shopId: string): number {
    return this.quotas.get(shopId) ?? DECRYPT_QUOTA;
  }

  /** Called when a program's push address was set. */
  onWebhook(listener: (appKey: string) => void): void {
    this.listeners.push(listener);
  }

  tellApp(app: AppStory): Record<string, unknown> {
    // The console shows the service behind which shops authorise the app.
    return { ...this.settingsOf(app.appKey), credentials: { serviceId: app.appKey } };
  }

  takeApp(app: AppStory, fields: Record<string, unknown>): void {
    const before = this.settingsOf(app.appKey);
    const {
      webhookUrl = before.webhookUrl,
      pushSign = before.pushSign,
      redirectUrl = before.redirectUrl,
      isStrict = before.isStrict,
    } = fields;
    if (typeof webhookUrl !== 'string' || !isAddress(webhookUrl))
      throw new BadShopFields('webhookUrl must be an http address, or empty.');
    if (typeof redirectUrl !== 'string' || !isAddress(redirectUrl))
      throw new BadShopFields('redirectUrl must be an http address, or empty.');
    if (pushSign !== 'md5' && pushSign !== 'hmac-sha256')
      throw new BadShopFields('pushSign must be md5 or hmac-sha256.');
    const settings: AppSettings = { webhookUrl, pushSign, redirectUrl, isStrict: isStrict === true };
    this.apps.set(app.appKey, settings);
    this.core.log.append({ k: 'douyin:app', app: app.appKey, settings });
    if (settings.webhookUrl !== '' && settings.webhookUrl !== before.webhookUrl)
      for (const listener of this.listeners) listener(app.appKey);
  }

  async tellShop(shop: ShopStory): Promise<Record<string, unknown>> {
    return { decryptQuota: this.decryptQuota(shop.shopId) };
  }

  takeShop(shop: ShopStory, fields: Record<string, unknown>): void {
    const { decryptQuota } = fields;
    if (decryptQuota === undefined) return;
    if (typeof decryptQuota !== 'number' || !Number.isInteger(decryptQuota) || decryptQuota < 0)
      throw new BadShopFields('decryptQuota must be a whole number of values a day.');
    this.quotas.set(shop.shopId, decryptQuota);
    this.core.log.append({ k: 'douyin:quota', shop: shop.shopId, quota: decryptQuota });
  }
}
