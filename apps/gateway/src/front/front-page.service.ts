import { Inject, Injectable } from '@nestjs/common';
import type { OrdersSummaryAnswer } from '@app/contracts';
import {
  AppError,
  SERVICE_CONFIG,
  ServiceHttp,
  STORY_CLOCK,
  toShanghaiIso,
  type ServiceCall,
  type StoryClock,
} from '@app/shared';
import { DEMO_COMPANY } from '../client/client.rules';
import type { GatewayConfig } from '../gateway.config';
import { renderFrontPage, type FrontPageData } from './front-page.rules';

interface ShopAnswer {
  id: string;
  platform: string;
  name: string;
  token?: { state?: string };
  pull?: string;
  push?: string;
}
interface AlarmAnswer {
  kind: string;
  shopId?: string | null;
  since: string;
  message: string;
  advice?: string;
}

/** Shops whose health is asked for the page. */
const SHOPS_SHOWN = 20;
const CALL: ServiceCall = { companyId: DEMO_COMPANY, timeoutMs: 2_000 };

/** Gathers what the demo's front page shows. */
@Injectable()
export class FrontPageService {
  constructor(
    private readonly http: ServiceHttp,
    @Inject(SERVICE_CONFIG) private readonly config: GatewayConfig,
    @Inject(STORY_CLOCK) private readonly story: StoryClock,
  ) {}

  /** The page as HTML; outside of demo mode there is none (NOT_FOUND). */
  async page(): Promise<string> {
    if (this.config.HUIDIAN_MODE !== 'demo')
      throw new AppError('NOT_FOUND', 'There is a front page in demo mode alone; the calls are described under /docs.');
    const [shops, orders, alarms] = await Promise.all([
      this.orCause(() => this.shops()),
      this.orCause(() => this.http.get<OrdersSummaryAnswer>(this.http.at('orders', '/v1/orders/summary'), CALL)),
      this.orCause(() => this.alarms()),
    ]);
    return renderFrontPage({ at: toShanghaiIso(this.story.now()), shops, orders, alarms });
  }

  private async shops(): Promise<Exclude<FrontPageData['shops'], { cause: string }>> {
    const { items } = await this.http.get<{ items: ShopAnswer[] }>(
      this.http.at('sync', `/v1/shops?limit=${SHOPS_SHOWN}`),
      CALL,
    );
    return Promise.all(
      items.map(async ({ id, name, platform, token, pull, push }) => {
        const health = await this.orCause(() =>
          this.http.get<{ lagSeconds?: { orders?: number | null } }>(
            this.http.at('sync', `/v1/shops/${encodeURIComponent(id)}/health`),
            CALL,
          ),
        );
        const lagSeconds = 'cause' in health ? null : (health.lagSeconds?.orders ?? null);
        return { name, platform, pull: pull ?? '', push: push ?? '', tokenState: token?.state ?? '', lagSeconds };
      }),
    );
  }

  private async alarms(): Promise<Exclude<FrontPageData['alarms'], { cause: string }>> {
    const { items } = await this.http.get<{ items: AlarmAnswer[] }>(this.http.at('sync', '/v1/alarms?open=true'), CALL);
    return items.map(({ kind, shopId, since, message, advice }) => ({
      kind,
      shopId: shopId ?? null,
      since,
      message,
      advice: advice ?? '',
    }));
  }

  /** The page shows what it can: a service that is away leaves its part empty, with the cause. */
  private async orCause<T>(read: () => Promise<T>): Promise<T | { cause: string }> {
    try {
      return await read();
    } catch (error) {
      if (error instanceof AppError) return { cause: `${error.code}: ${error.message}` };
      throw error;
    }
  }
}
