/** What the simulator truly holds of an order, as far as tests read it. */
export interface TrueOrder {
  platformOrderNo: string;
  platformShopId: string;
  kind: string;
  story: string;
  state: string;
  paidFen: number;
  payableFen: number;
  refundedFen: number;
  lines: { platformLineNo: string; quantity: number; merchantCode: string; listingSkuId: string; state: string }[];
  notices: { waybillNo: string; carrier: string; by: string; lines: { no: string; quantity: number }[] }[];
  modifiedAt: string;
}

export interface TrueStock {
  platformShopId: string;
  listingId: string;
  listingSkuId: string;
  merchantCode: string;
  quantity: number;
}

/** The simulator's own control calls; never used by the system under test, except for the clock. */
export class SimulatorControl {
  constructor(
    readonly url: string,
    /** The platform that orders, faults and truth are about. */
    readonly platform = 'taobao',
  ) {}

  /** The same simulator, about another platform. */
  on(platform: string): SimulatorControl {
    return new SimulatorControl(this.url, platform);
  }

  async call<T = Record<string, unknown>>(method: string, path: string, body?: unknown): Promise<T> {
    const response = await fetch(`${this.url}/_control${path}`, {
      method,
      headers: body === undefined ? {} : { 'content-type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`simulator ${method} ${path} answered ${response.status}: ${text}`);
    return JSON.parse(text) as T;
  }

  async story(): Promise<Date> {
    return new Date((await this.call<{ story: string }>('GET', '/clock')).story);
  }

  place(
    platformShopId: string,
    lines: { merchantCode: string; quantity: number }[],
    more: Record<string, unknown> = {},
  ): Promise<TrueOrder> {
    return this.call('POST', `/platforms/${this.platform}/orders`, { platformShopId, lines, ...more });
  }

  act(no: string, act: string, body: Record<string, unknown> = {}): Promise<TrueOrder> {
    return this.call('POST', `/platforms/${this.platform}/orders/${no}/${act}`, body);
  }

  order(no: string): Promise<TrueOrder> {
    return this.call('GET', `/platforms/${this.platform}/orders/${no}`);
  }

  advance(hours: number): Promise<unknown> {
    return this.call('POST', '/advance', { hours });
  }

  faults(faults: Record<string, unknown>[]): Promise<unknown> {
    return this.call('PUT', '/faults', { platform: this.platform, faults });
  }

  async truth<T>(kind: string): Promise<T[]> {
    const items: T[] = [];
    let cursor: string | null = '0';
    while (cursor !== null) {
      const page: { items: T[]; nextCursor: string | null } = await this.call(
        'GET',
        `/truth?platform=${this.platform}&kind=${kind}&limit=500&cursor=${cursor}`,
      );
      items.push(...page.items);
      cursor = page.nextCursor;
    }
    return items;
  }
}
