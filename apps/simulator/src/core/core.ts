import type { SimulatorConfig } from '../simulator.config';
import { Clocks } from './clocks';
import { DueQueue } from './due-queue';
import { EventLog, type LogRecord } from './event-log';
import { FaultInjector } from './fault-injector';
import { Ledger } from './ledger';
import type { PlatformWords } from './platform-words';
import { Chance } from './random';
import { Story } from './story';
import type { OrderStory, PlanItem } from './story.types';

/** Runs one planned act of an order. Returns without effect when the order's state no longer allows it. */
export type ActRunner = (core: Core, order: OrderStory, item: PlanItem) => void;

type DueValue = { order: OrderStory; item: PlanItem } | { run: (at: number) => void };

/** How often the story is moved on when nobody asks, in wire milliseconds. */
const TICK_MS = 25;

/** The heart of the simulator: log, clocks, story, money, faults, and the queue of what happens next. */
export class Core {
  readonly clocks = new Clocks();
  readonly story = new Story();
  readonly ledger = new Ledger();
  readonly faults: FaultInjector;
  readonly parts = new Map<string, PlatformWords>();
  private readonly due = new DueQueue<DueValue>();
  private readonly queued = new WeakMap<PlanItem, true>();
  private readonly extraReplays: ((record: LogRecord) => void)[] = [];
  private readonly kept = new Map<string, LogRecord[]>();
  private acts: ActRunner = () => undefined;
  private logFile: EventLog | undefined;
  private timer: NodeJS.Timeout | undefined;
  private tie = 0;

  constructor(readonly config: SimulatorConfig) {
    this.faults = new FaultInjector(config.seed);
  }

  /** Names what runs planned acts; set once before open(). */
  useActs(acts: ActRunner): void {
    this.acts = acts;
  }

  /** Lets another owner read its records of earlier runs; call before open(). */
  onReplay(replay: (record: LogRecord) => void): void {
    this.extraReplays.push(replay);
  }

  /** Reads the log and starts the clocks. */
  open(): void {
    const log = EventLog.open(this.config.dataDir, (record) => this.replay(record));
    this.logFile = log;
    this.story.attach(log);
    this.faults.attach(log);
    this.ledger.attach(log);
    this.clocks.start(log, this.config.storyRate, this.config.resume, this.story.newest);
    this.story.onOrder((order) => {
      this.ledger.watch(order);
      this.enqueue(order);
    });
    this.timer = setInterval(() => this.catchUp(), TICK_MS);
    this.timer.unref();
  }

  close(): void {
    clearInterval(this.timer);
    this.clocks.stop();
    this.log.close();
  }

  get log(): EventLog {
    if (!this.logFile) throw new Error('The simulator was used before its log was opened.');
    return this.logFile;
  }

  part(platform: string): PlatformWords {
    const part = this.parts.get(platform);
    if (!part) throw new Error(`No simulator part is named ${platform}; known: ${[...this.parts.keys()].join(', ')}.`);
    return part;
  }

  /** The records of earlier runs whose kind begins with `platform:`, oldest first; given out once. */
  takeRecords(platform: string): LogRecord[] {
    const records = this.kept.get(platform) ?? [];
    this.kept.delete(platform);
    return records;
  }

  /** Story milliseconds now. */
  now(): number {
    return this.clocks.story();
  }

  /** A named draw of this simulator's seed. */
  chance(name: string): Chance {
    return new Chance(`${this.config.seed}:${name}`);
  }

  /** Runs something at a story instant. It does not survive a restart; its owner plans it again. */
  plan(at: number, run: (at: number) => void): void {
    this.tie += 1;
    this.due.push({ at, tie: this.tie, value: { run } });
  }

  /** Lets everything happen that is due by now, each at its own instant. Called before every answer. */
  catchUp(upTo: number = this.now()): void {
    for (let next = this.due.take(upTo); next; next = this.due.take(upTo)) {
      const { value } = next;
      if ('run' in value) value.run(next.at);
      else if (value.order.plan.includes(value.item)) this.acts(this, value.order, value.item);
    }
    this.logFile?.flush();
  }

  private enqueue(order: OrderStory): void {
    for (const item of order.plan) {
      if (this.queued.has(item)) continue;
      this.queued.set(item, true);
      this.due.push({ at: item.at, tie: order.seq, value: { order, item } });
    }
  }

  private replay(record: LogRecord): void {
    this.clocks.replay(record);
    this.story.replay(record);
    this.faults.replay(record);
    this.ledger.replay(record);
    for (const replay of this.extraReplays) replay(record);
    const colon = record.k.indexOf(':');
    if (colon < 0) return;
    const platform = record.k.slice(0, colon);
    const kept = this.kept.get(platform) ?? [];
    kept.push(record);
    this.kept.set(platform, kept);
  }
}
