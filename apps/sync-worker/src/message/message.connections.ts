import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { createLogger, inTransaction, WIRE_CLOCK, type WireClock } from '@app/shared';
import { PlatformRegistry, type PushConnection } from '@app/platforms';
import { AlarmService, type AlarmToRaise } from '../alarm/alarm.service';
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
/** A connection comes back by itself within seconds; one that is down for longer is worth an alarm, wire milliseconds. */
export const DOWN_WORTH_TELLING_MS = 60_000;

/** A push connection as this process sees it. */
interface Held {
  connection: PushConnection;
  app: AppRow;
  /** Down since then, wire milliseconds; undefined while it is logged in. */
  downSince: number | undefined;
  reason: string;
  /** What the alarms say already. */
  told: 'up' | 'down' | undefined;
}

/** What the connections read and write. */
@Injectable()
export class MessageStore {
  constructor(
    readonly repository: MessageRepository,
    readonly service: MessageService,
    readonly reader: ShopReader,
    readonly secrets: ShopSecrets,
    readonly desk: WorkDesk,
    readonly alarms: AlarmService,
  ) {}
}

/** One push connection per app, kept by the leading process. A lost one costs time only: the change pull is the truth. */
@Injectable()
export class MessageConnections implements OnModuleInit {
  private readonly open = new Map<string, Held>();
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
    const held = this.open.get(`${platform}/${appKey}`);
    return held !== undefined && held.downSince === undefined;
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
    for (const [key, held] of this.open) {
      if (wanted.has(key)) await this.tell(key, held);
      else await this.drop(key, held);
    }
  }

  /** Raises the alarm of a connection that has been down for long, and closes it when the connection is back. */
  private async tell(key: string, held: Held): Promise<void> {
    const isLong = held.downSince !== undefined && this.wire.now() - held.downSince >= DOWN_WORTH_TELLING_MS;
    const state = held.downSince === undefined ? 'up' : isLong ? 'down' : undefined;
    if (state === undefined || state === held.told) return;
    await inTransaction(this.dataSource, async (tx) => {
      for (const companyId of new Set(held.app.companies)) {
        if (state === 'up') await this.store.alarms.settle(tx, companyId, ['PUSH_CONNECTION'], key);
        else await this.store.alarms.raise(tx, companyId, alarmOf(key, held));
      }
    });
    held.told = state;
  }

  /** Ends a connection whose shops are gone or not authorised any more; its alarm would speak of nothing. */
  private async drop(key: string, held: Held): Promise<void> {
    this.open.delete(key);
    await inTransaction(this.dataSource, async (tx) => {
      for (const companyId of new Set(held.app.companies))
        await this.store.alarms.settle(tx, companyId, ['PUSH_CONNECTION'], key);
    });
    await held.connection.close();
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
    const call = { app: this.store.secrets.appOf(shop), wireNow: () => this.wire.date() };
    const held: Omit<Held, 'connection'> & { connection?: PushConnection } = {
      app,
      downSince: this.wire.now(),
      reason: 'it has not logged in yet',
      told: undefined,
    };
    held.connection = port.connectPush(call, {
      onMessage: (message) => this.store.service.take(app.platform, app.appKey, message),
      onState: (state, reason) => {
        held.downSince = state === 'up' ? undefined : (held.downSince ?? this.wire.now());
        held.reason = reason ?? held.reason;
        log.info({ platform: app.platform, state, reason }, 'push connection');
      },
    });
    this.open.set(keyOf(app), held as Held);
  }

  private async closeAll(): Promise<void> {
    const held = [...this.open.values()];
    this.open.clear();
    await Promise.all(held.map(({ connection }) => connection.close()));
  }
}

function alarmOf(key: string, held: Held): AlarmToRaise {
  return {
    kind: 'PUSH_CONNECTION',
    subject: key,
    shopId: null,
    message: `The push connection of ${held.app.platform} app ${held.app.appKey} is down for more than ${DOWN_WORTH_TELLING_MS / 1_000} s: ${held.reason}.`,
    advice:
      'Nothing is lost: orders come by polling alone until it is back, which is tried by itself. Check the network and the app’s secret.',
  };
}

function keyOf(app: Pick<AppRow, 'platform' | 'appKey'>): string {
  return `${app.platform}/${app.appKey}`;
}
