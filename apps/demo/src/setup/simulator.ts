import { AwayError } from '../api.client';

/** A shop that the simulator plays, with the token that its merchant granted. */
export interface SimulatedShop {
  platform: string;
  appKey: string;
  appSecret: string;
  /** What else the platform's console shows of the app. */
  credentials?: Record<string, string>;
  platformShopId: string;
  name: string;
  accessToken: string;
  refreshToken?: string;
  expiresAt?: string;
  /** The shop's account at Alipay, where the platform's bills lie there. */
  alipay?: SimulatedBillAccount;
}

/** Access to the bills of a simulated shop, as its merchant would have it; keys are PEM. */
export interface SimulatedBillAccount {
  appId: string;
  privateKey: string;
  platformPublicKey: string;
}

interface AppsAnswer {
  items: {
    platform: string;
    appKey: string;
    appSecret: string;
    credentials?: Record<string, string>;
    gatewayPath: string;
    shops: Omit<SimulatedShop, 'platform' | 'appKey' | 'appSecret'>[];
  }[];
}

async function ask<T>(url: string, stop: AbortSignal): Promise<T> {
  try {
    const response = await fetch(url, { signal: AbortSignal.any([stop, AbortSignal.timeout(10_000)]) });
    if (!response.ok) throw new Error(`${response.status}`);
    return (await response.json()) as T;
  } catch (error) {
    throw new AwayError(`GET ${url}`, error);
  }
}

/** Every shop that the simulator plays. */
export async function simulatedShops(url: string, stop: AbortSignal): Promise<SimulatedShop[]> {
  const { items } = await ask<AppsAnswer>(`${url}/_control/apps`, stop);
  return items.flatMap(({ shops, gatewayPath: _path, ...app }) => shops.map((shop) => ({ ...app, ...shop })));
}

/** The story's present instant, ISO 8601. */
export async function storyNow(url: string, stop: AbortSignal): Promise<string> {
  return (await ask<{ story: string }>(`${url}/_control/clock`, stop)).story;
}
