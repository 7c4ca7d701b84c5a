import type { Core } from '../../../core/core';
import type { LogRecord } from '../../../core/event-log';
import { BadShopFields, type PartDesk } from '../../../core/part';
import { hashText } from '../../../core/random';
import type { ShopStory } from '../../../core/story.types';
import { isPublicKey, makeKeys, type KeyPair } from './keys';

/** The two forms of a detail file (Taobao sheet §12.2): twelve columns, or four more. */
export type BillLayout = 'older' | 'newer';

/** A shop's Alipay account and the app that may read its bills. */
export interface AlipayAccount {
  shopId: string;
  appId: string;
  /** The account's number. */
  account: string;
  /** The merchant's key that requests are checked with. */
  publicKey: string;
  /** Known only when the pair was made here. */
  privateKey: string | null;
  layout: BillLayout;
}

const GATEWAY_PATH = '/alipay/gateway.do';

const digits = (text: string, length: number): string => String(hashText(text)).padStart(length, '0').slice(-length);

/** Shop ids are numbers; anything else still gives an id of digits. */
const numberOf = (shopId: string): string =>
  /^\d{1,12}$/.test(shopId) ? shopId.padStart(12, '0') : digits(shopId, 12);

/**
 * The Alipay side of the shops. Pairs of keys are made when somebody first asks for them, because making them takes
 * time, and are kept in the log.
 */
export class AlipayAccounts implements PartDesk {
  private readonly byShop = new Map<string, AlipayAccount>();
  private readonly byApp = new Map<string, AlipayAccount>();
  private platform: KeyPair | undefined;
  private readonly underWay = new Map<string, Promise<AlipayAccount>>();
  private platformUnderWay: Promise<KeyPair> | undefined;

  constructor(private readonly core: Core) {}

  replay(record: LogRecord): void {
    if (record.k === 'taobao:alipay-account') this.put(record.account as AlipayAccount);
    else if (record.k === 'taobao:alipay-keys') this.platform = record.keys as KeyPair;
  }

  /** The account of an app id; an app whose keys nobody ever asked for does not exist. */
  ofApp(appId: string): AlipayAccount | undefined {
    return this.byApp.get(appId);
  }

  /** The account with this number. */
  ofNumber(account: string): AlipayAccount | undefined {
    return [...this.byShop.values()].find((one) => one.account === account);
  }

  /** The platform's own pair. */
  platformKeys(): Promise<KeyPair> {
    if (this.platform) return Promise.resolve(this.platform);
    this.platformUnderWay ??= makeKeys().then((keys) => {
      this.platform = keys;
      this.core.log.append({ k: 'taobao:alipay-keys', keys });
      return keys;
    });
    return this.platformUnderWay;
  }

  async tellShop(shop: ShopStory): Promise<Record<string, unknown>> {
    const [own, platform] = await Promise.all([this.ofShop(shop), this.platformKeys()]);
    return {
      alipay: {
        appId: own.appId,
        account: own.account,
        gatewayPath: GATEWAY_PATH,
        privateKey: own.privateKey,
        publicKey: own.publicKey,
        platformPublicKey: platform.publicKey,
        layout: own.layout,
      },
    };
  }

  takeShop(shop: ShopStory, fields: Record<string, unknown>): void {
    if (fields.alipay === undefined) return;
    const { appId, publicKey, layout } = (fields.alipay ?? {}) as Record<string, unknown>;
    if (typeof appId !== 'string' || !/^\d{6,20}$/.test(appId))
      throw new BadShopFields('alipay.appId must be 6 to 20 digits.');
    if (typeof publicKey !== 'string' || !isPublicKey(publicKey))
      throw new BadShopFields('alipay.publicKey must be a public RSA key in PEM.');
    if (layout !== undefined && layout !== 'older' && layout !== 'newer')
      throw new BadShopFields('alipay.layout must be older or newer.');
    const owner = this.byApp.get(appId);
    if (owner && owner.shopId !== shop.shopId)
      throw new BadShopFields(`alipay.appId ${appId} belongs to shop ${owner.shopId} already.`);
    this.keep({ ...this.blank(shop), appId, publicKey, privateKey: null, ...(layout === undefined ? {} : { layout }) });
  }

  private ofShop(shop: ShopStory): Promise<AlipayAccount> {
    const known = this.byShop.get(shop.shopId);
    if (known) return Promise.resolve(known);
    const waiting = this.underWay.get(shop.shopId);
    if (waiting) return waiting;
    const made = makeKeys().then((keys) => {
      const account = this.byShop.get(shop.shopId) ?? { ...this.blank(shop), ...keys };
      this.keep(account);
      this.underWay.delete(shop.shopId);
      return account;
    });
    this.underWay.set(shop.shopId, made);
    return made;
  }

  private blank(shop: ShopStory): Omit<AlipayAccount, 'publicKey' | 'privateKey'> {
    const number = numberOf(shop.shopId);
    return {
      shopId: shop.shopId,
      appId: `2021${number}`,
      account: `2088${number}0156`,
      layout: shop.kind === 'mall' ? 'older' : 'newer',
    };
  }

  private keep(account: AlipayAccount): void {
    this.put(account);
    this.core.log.append({ k: 'taobao:alipay-account', account });
  }

  private put(account: AlipayAccount): void {
    const before = this.byShop.get(account.shopId);
    if (before) this.byApp.delete(before.appId);
    this.byShop.set(account.shopId, account);
    this.byApp.set(account.appId, account);
  }
}
