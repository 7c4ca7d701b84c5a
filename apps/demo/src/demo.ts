import { createLogger, sleep } from '@app/shared';
import { ApiClient } from './api.client';
import { Counters } from './counters';
import type { DemoConfig } from './demo.config';
import { Buyer } from './office/buyer';
import { PushSwitch } from './office/push';
import { RemarkReader } from './office/reader';
import { ShopsSetup } from './setup/shops.setup';
import { StockSetup } from './setup/stock.setup';
import { Clerks } from './warehouse/clerks';

const log = createLogger('demo');
const LINE_EVERY_MS = 10_000;
const CLOSE_WITHIN_MS = 500;

/** The demo's people: they set the shops up once, and then work through the public API like anybody else. */
export class Demo {
  private readonly stopper = new AbortController();
  private readonly counters = new Counters();
  private readonly office: ApiClient;
  private readonly warehouse: ApiClient;
  private work: Promise<void> | undefined;

  constructor(private readonly config: DemoConfig) {
    const { GATEWAY_URL, DEMO_CLIENT_ID, DEMO_CLIENT_SECRET, DEMO_WAREHOUSE_CLIENT_ID, DEMO_WAREHOUSE_CLIENT_SECRET } =
      config;
    this.office = new ApiClient(GATEWAY_URL, DEMO_CLIENT_ID, DEMO_CLIENT_SECRET, this.stopper.signal);
    this.warehouse = new ApiClient(
      GATEWAY_URL,
      DEMO_WAREHOUSE_CLIENT_ID,
      DEMO_WAREHOUSE_CLIENT_SECRET,
      this.stopper.signal,
    );
  }

  /** Begins; `onFailure` hears of an error that nobody expected. */
  start(onFailure: (error: unknown) => void): void {
    this.work = this.live().catch((error: unknown) => {
      if (!this.stopper.signal.aborted) onFailure(error);
    });
  }

  /** Ends within a second; calls under way are given up, which harms nothing. */
  async close(): Promise<void> {
    this.stopper.abort();
    await Promise.race([this.work, sleep(CLOSE_WITHIN_MS)]);
    log.info(this.counters.report(), 'the demo ends');
  }

  private async live(): Promise<void> {
    await this.office.awaitGateway();
    const stock = new StockSetup(this.office, this.warehouse);
    await stock.places();
    const clerks = new Clerks(this.warehouse, this.counters, this.config.DEMO_PACE).run();
    const lines = this.tell();
    const shops = await new ShopsSetup(this.office, this.config).run();
    await stock.opening();
    const [first] = shops;
    const office = [
      new RemarkReader(this.office, this.counters, this.config.DEMO_PACE).run(),
      new Buyer(this.office, stock, shops, this.counters).run(),
      ...(first ? [new PushSwitch(this.office).run(first)] : []),
    ];
    await Promise.all([clerks, lines, ...office]);
  }

  private async tell(): Promise<void> {
    const { signal } = this.stopper;
    while (!signal.aborted) {
      await sleep(LINE_EVERY_MS, signal);
      if (!signal.aborted) log.info(this.counters.report(), 'demo warehouse');
    }
  }
}
