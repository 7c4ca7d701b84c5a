import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { createLogger, inTransaction, WIRE_CLOCK, type WireClock } from '@app/shared';
import { PlatformRegistry, type PushConnection } from '@app/platforms';
import { ShopReader } from '../shop/shop.reader';
import { ShopSecrets } from '../shop/shop.secrets';
import { Schedule } from '../work/schedule';
import { WorkDesk } from '../work/work.desk';
import { MessageRepository, type AppRow } from './message.repository';
import { MessageService } from './message.service';

const log = createLogger('messages');
const EVERY_TICKS = 3;
const FORGET_EVERY_TICKS = 3_600;
const REMEMBER_MS = 30 * 86_400_000;

/** What the connections read and write. */
@Injectable()
export class MessageStore {
  constructor(
    readonly repository: MessageRepository,
    readonly service: MessageService,
    readonly reader: ShopReader,
    readonly secrets: ShopSecrets,
    readonly desk: WorkDesk,
  ) {}
}

/** One push connection per app, kept by the leading process. A lost one costs time only: the change pull is the truth. */
@Injectable()
export class MessageConnections implements OnModuleInit {
  private readonly open = new Map<string, PushConnection>();
  private readonly up = new Set<string>();
  private ticks = 0;

  constructor(
    private readonly dataSource: DataSource,
    private readonly schedule: Schedule,
    private readonly registry: PlatformRegistry,
    private readonly store: MessageStore,
    @Inject(WIRE_CLOCK) private readonly wire: WireClock,
  ) {}

  onModuleInit(): void {
    this.schedule.every({ name: 'messages', run: () => this.tick() });
    this.schedule.whenLost(() => this.closeAll());
  }

  /** Whether an app's connection is logged in, as far as this process knows. */
  isUp(platform: string, appKey: string): boolean {
    return this.up.has(`${platform}/${appKey}`);
  }

  private async tick(): Promise<void> {
    this.ticks += 1;
    if (this.ticks % EVERY_TICKS !== 1) return;
    if (this.ticks % FORGET_EVERY_TICKS === 1)
      await inTransaction(this.dataSource, (tx) =>
        this.store.repository.forget(tx, new Date(this.wire.now() - REMEMBER_MS)),
      );
    await this.subscribe();
    const apps = await inTransaction(this.dataSource, (tx) => this.store.repository.apps(tx));
    const wanted = new Set(apps.map(keyOf));
    for (const app of apps) if (!this.open.has(keyOf(app))) await this.connect(app);
    for (const [key, connection] of this.open) {
      if (wanted.has(key)) continue;
      this.open.delete(key);
      this.up.delete(key);
      await connection.close();
    }
  }

  private async subscribe(): Promise<void> {
    await inTransaction(this.dataSource, async (tx) => {
      for (const shop of await this.store.repository.unsubscribed(tx)) {
        if (this.registry.has(shop.platform)) await this.store.desk.request(tx, shop, 'subscribe', [shop.id]);
      }
    });
  }

  private async connect(app: AppRow): Promise<void> {
    const { port } = this.registry.get(app.platform);
    if (!port.connectPush) return;
    const shop = await this.store.reader.get(app.companyId, app.shopId);
    const key = keyOf(app);
    const call = { app: this.store.secrets.appOf(shop), wireNow: () => this.wire.date() };
    const connection = port.connectPush(call, {
      onMessage: (message) => this.store.service.take(app.platform, app.appKey, message),
      onState: (state, reason) => {
        if (state === 'up') this.up.add(key);
        else this.up.delete(key);
        log.info({ platform: app.platform, state, reason }, 'push connection');
      },
    });
    this.open.set(key, connection);
  }

  private async closeAll(): Promise<void> {
    const connections = [...this.open.values()];
    this.open.clear();
    this.up.clear();
    await Promise.all(connections.map((connection) => connection.close()));
  }
}

function keyOf(app: Pick<AppRow, 'platform' | 'appKey'>): string {
  return `${app.platform}/${app.appKey}`;
}
