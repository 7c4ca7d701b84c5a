import { setMaxListeners } from 'node:events';
import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sleep, systemWireClock } from '@app/shared';
import { until } from '../harness/wait';
import { Chaos } from './chaos';
import { checkAfterSales } from './check/after-sales.check';
import type { Check } from './check/check';
import { checkDepartures } from './check/departures.check';
import { gather } from './check/evidence';
import { checkMoney } from './check/money.check';
import { checkOrders, checkRest } from './check/orders.check';
import { checkStock } from './check/stock.check';
import { checkCompleteness, checkInvariants, listFailures } from './check/worklists.check';
import { Clerks } from './clerks';
import { Crowd } from './crowd';
import { Installation } from './installation';
import { Meters } from './meter';
import { Office } from './office';
import { PatientClient } from './patient-client';
import { Tally } from './people';
import { Played, type On } from './played';
import { paceOf, type Pace, type SoakOptions } from './soak.options';
import { summarise, type SoakReport } from './soak.report';
import { StoryLine } from './story-line';
import { isOver, type TruthOrder } from './truth';

const DAY_MS = 86_400_000;
/** Bills of a day come the next morning, and the census looks a second time after a day. */
const AFTERWARDS_MS = 2.6 * DAY_MS;
/** Where an empty bill is believed only after some days, the days up to the last story's end must have become old. */
const QUIET_MS = 3 * DAY_MS;
/** Before the first buyer, and when all stories have ended: a minute of the story per second. */
const REST_RATE = 60;
/** Money that is late comes two weeks late at least; it is looked for often enough to be seen before it comes. */
const LOOK_EVERY_MS = 4 * DAY_MS;

/** One run: an installation lives through some story weeks, is hurt on the way, and is compared with the truth at the end. */
export class Soak {
  private readonly stopper = new AbortController();
  /** Aborted when the stories have ended. */
  private readonly stories = new AbortController();
  private readonly tally = new Tally();
  private pace: Pace;
  private readonly installation: Installation;
  private readonly begin = systemWireClock.now();
  private readonly phases: { name: string; seconds: number }[] = [];
  private failure: Error | undefined;
  private api!: PatientClient;
  private line!: StoryLine;
  private meters!: Meters;
  private chaos!: Chaos;
  private office!: Office;
  private clerks!: Clerks;
  private crowd!: Crowd;
  private played!: Played;
  private hasReturns = false;
  /** Story instant just before the first buyer came. */
  private begunAt = 0;

  constructor(
    private readonly options: SoakOptions,
    private readonly say: (line: string) => void,
  ) {
    mkdirSync(options.dir, { recursive: true });
    // The database runs as a user who may own nothing here, but must come through.
    chmodSync(options.dir, 0o711);
    // Every person and every call listens to it.
    setMaxListeners(0, this.stopper.signal);
    this.pace = paceOf(options);
    this.installation = new Installation(options.dir, options.isDurable);
  }

  /** Ends the run at the next moment; run() then throws and stops the installation. */
  stop(why: string): void {
    this.failure ??= new Error(`The run was stopped: ${why}.`);
    this.stopper.abort();
  }

  /** Runs to the end and answers what was found; the installation is stopped in any case. */
  async run(): Promise<SoakReport> {
    let isGreen = false;
    try {
      await this.phase('set up', () => this.open());
      await this.phase('orders', () => this.live());
      await this.phase('ends of the stories', () => this.awaitEnd());
      const rested = await this.phase('rest', () => this.rest());
      const checks = await this.phase('comparison', () => this.compare(rested));
      const report = await this.tell(checks);
      writeFileSync(join(this.options.dir, 'report.json'), `${JSON.stringify(report, null, 1)}\n`);
      isGreen = report.isGreen;
      return report;
    } finally {
      this.stories.abort();
      this.stopper.abort();
      await this.installation.close();
      // What is not green is looked into; a green run's database is of no more use.
      if (isGreen) rmSync(join(this.options.dir, 'servers'), { recursive: true, force: true });
    }
  }

  private async phase<T>(name: string, work: () => Promise<T>): Promise<T> {
    const from = systemWireClock.now();
    this.say(`${this.clock()} ${name} …`);
    const result = await work();
    this.phases.push({ name, seconds: Math.round((systemWireClock.now() - from) / 100) / 10 });
    return result;
  }

  private clock(): string {
    return `${String(Math.floor((systemWireClock.now() - this.begin) / 1_000)).padStart(5)} s`;
  }

  private async open(): Promise<void> {
    const { options, installation, stopper } = this;
    await installation.start(options.seed, REST_RATE);
    this.line = await new StoryLine(installation.control).begin();
    this.api = new PatientClient(installation.gatewayUrl, stopper.signal);
    this.played = await Played.of(installation.control, options.platforms);
    this.pace = paceOf(options, Math.min(...this.played.platforms.map(({ windowSeconds }) => windowSeconds)));
    this.office = new Office(this.api, this.played, this.line, this.tally, options);
    await this.office.open();
    this.hasReturns = (await this.api.call('GET', '/logistics/v1/returns?state=expected&limit=1')).status === 200;
    this.meters = new Meters(installation);
    this.chaos = new Chaos(installation, this.played, this.meters, this.tally, options, this.say);
    await this.chaos.infect();
    this.clerks = new Clerks(this.api, this.tally, options.seed, this.hasReturns);
    this.begunAt = this.line.now() - DAY_MS;
    this.crowd = new Crowd(this.played, this.line, options);
    for (const work of [
      this.clerks.run(stopper.signal),
      this.office.run(stopper.signal),
      this.meters.run(stopper.signal),
    ])
      work.catch((error: Error) => (this.failure ??= error));
  }

  /** The ordering time, with everything that is broken in it. */
  private async live(): Promise<void> {
    const { signal } = this.stopper;
    await this.line.setRate(this.pace.rate);
    const over = new AbortController();
    const signals = AbortSignal.any([signal, over.signal]);
    this.lookForOverdue(this.stories.signal).catch((error: Error) => (this.failure ??= error));
    const hurt = this.chaos.run(this.crowd, signal);
    const told = this.tellProgress(signals);
    try {
      await Promise.race([this.crowd.run(signal), this.failed(signals)]);
      await Promise.race([hurt, this.failed(signals)]);
    } finally {
      over.abort();
    }
    await told;
  }

  private async lookForOverdue(stop: AbortSignal): Promise<void> {
    for (let next = this.begunAt + LOOK_EVERY_MS; ; next += LOOK_EVERY_MS) {
      while (!stop.aborted && this.line.now() < next) await sleep(300, stop);
      if (stop.aborted) return;
      await this.office
        .noteOverdue(new Date(this.begunAt).toISOString(), new Date(this.line.now()).toISOString())
        .catch((error: Error) => this.say(`        a reconciliation in between: ${error.message}`));
    }
  }

  private async tellProgress(stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      await sleep(30_000, stop);
      if (stop.aborted) return;
      const { placed } = this.crowd;
      this.say(
        `${this.clock()} story day ${(this.crowd.progress() * this.options.days).toFixed(1)}: ${placed} placed, ${this.tally.of('shipped')} shipped, ${this.chaos.outages.length} of ${this.chaos.blows.length} blows`,
      );
    }
  }

  /** Rejects when one of the people met what nobody expected. */
  private async failed(stop: AbortSignal): Promise<never> {
    while (!stop.aborted) {
      if (this.failure) throw this.failure;
      await sleep(200, stop);
    }
    if (this.failure) throw this.failure;
    return new Promise<never>(() => undefined);
  }

  private async awaitEnd(): Promise<void> {
    await this.line.setRate(this.pace.endRate);
    const deadline =
      systemWireClock.now() + Math.max(240_000, this.options.minutes * 60_000 * 0.4, this.pace.endSeconds * 1_500);
    let open: On<TruthOrder>[] = [];
    for (;;) {
      if (this.failure) throw this.failure;
      open = (await this.played.orders()).filter((order) => !isOver(order));
      await this.office.finishNoGoods(open);
      this.say(`${this.clock()} ${open.length} stories are open, story ${new Date(this.line.now()).toISOString()}`);
      if (open.length === 0 || systemWireClock.now() > deadline) break;
      await sleep(this.options.orders > 5_000 ? 15_000 : 3_000);
    }
    const hasQuietDays = this.played.platforms.some(({ words }) => !words.tellsQuietDays);
    const rest = this.line.now() + AFTERWARDS_MS + (hasQuietDays ? QUIET_MS : 0);
    await until(
      'the last bills and the second look of the census are due',
      () => this.line.now() >= rest,
      600_000,
      200,
    );
    this.stories.abort();
    await this.line.setRate(REST_RATE);
    await this.chaos.cure();
  }

  /** Nothing under way any more, no hand busy; bounded. */
  private async rest(): Promise<Check> {
    const deadline = systemWireClock.now() + Math.max(60_000, this.options.minutes * 60_000 * 0.1);
    for (;;) {
      if (this.failure) throw this.failure;
      const lists = [
        '/logistics/v1/work',
        '/logistics/v1/pull-outs?state=open',
        '/logistics/v1/parcels?state=labelled',
      ];
      if (this.hasReturns) lists.push('/logistics/v1/intercepts?state=asked');
      let left = this.clerks.isBusy ? 1 : 0;
      for (const list of lists) left += (await this.api.all(list)).length;
      if (left === 0 || systemWireClock.now() > deadline) break;
      await sleep(1_000);
    }
    // A window that is open at the slow pace closes within seconds; facts follow at once.
    await sleep(5_000);
    return checkInvariants(this.api, Math.max(90_000, deadline - systemWireClock.now()));
  }

  private async compare(invariants: Check): Promise<Check[]> {
    const { api, installation, office } = this;
    const evidence = await gather(api, this.played, office.shops, this.hasReturns);
    const reader = await installation.reader();
    try {
      const { granted, late } = await checkDepartures(evidence, reader, this.line, this.chaos);
      const span = {
        from: new Date(this.begunAt).toISOString(),
        to: new Date(this.line.now()).toISOString(),
      };
      const endedAt = new Map(evidence.truth.map((order) => [order.platformOrderNo, order.endedAt ?? '']));
      return [
        checkOrders(evidence, this.played),
        await checkAfterSales(evidence, api, this.played, office.shops),
        checkRest(evidence),
        granted,
        late,
        await checkStock(evidence, api, office),
        ...(await checkMoney(api, this.played, office, reader, span, endedAt)),
        await checkCompleteness(api, office.shops, span, await this.played.bills()),
        invariants,
        await listFailures(api),
      ];
    } finally {
      await reader.end();
    }
  }

  private async tell(checks: Check[]): Promise<SoakReport> {
    this.meters.sample();
    return summarise({
      options: this.options,
      pace: this.pace,
      phases: this.phases,
      checks,
      injected: await this.chaos.counts(),
      outages: this.chaos.outages,
      people: this.tally.all(),
      placed: this.crowd.placed,
      seconds: (systemWireClock.now() - this.begin) / 1_000,
      cpu: this.meters.cpu(),
      meters: this.meters.meters,
      calls: this.api.calls,
      repeats: Object.fromEntries(this.api.repeats),
      broken: this.api.broken,
    });
  }
}
