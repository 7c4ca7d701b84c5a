import axios from 'axios';
import { AppError } from '../errors/app-error';
import { createLogger } from '../logging/logger';
import { sleep, systemWireClock, type WireClock } from './wire-clock';

/**
 * Story time: the time that business lives in (windows, due dates, cut-offs, holds, fetch times, bills).
 * In production it equals real time. In demo and tests it may run faster, following one line that the simulator owns.
 */
export interface StoryClock {
  /** The story's present instant. Never goes back within a process unless the owner starts a new epoch. */
  now(): Date;
  /** Story milliseconds since 1970-01-01T00:00:00Z. */
  ms(): number;
  /** Story seconds that pass in one wire second; 1 in production. */
  rate(): number;
}

/** Story time that is real time. */
export const realStoryClock: StoryClock = {
  now: () => systemWireClock.date(),
  ms: () => systemWireClock.now(),
  rate: () => 1,
};

/** A clock that tests set and move by hand. */
export class ManualStoryClock implements StoryClock {
  constructor(private at: Date) {}
  now(): Date {
    return new Date(this.at.getTime());
  }
  ms(): number {
    return this.at.getTime();
  }
  rate(): number {
    return 1;
  }
  set(at: Date): void {
    this.at = at;
  }
  advanceMs(ms: number): void {
    this.at = new Date(this.at.getTime() + ms);
  }
}

interface ClockLine {
  wireAnchor: number;
  storyAnchor: number;
  rate: number;
  epoch: number;
}

const log = createLogger('story-clock');

/**
 * Follows the story line of an owner (`GET {url}` → `{story, rate, epoch?}`), asked at start and every second.
 * While the owner is away the last line goes on, so its restart neither stops nor rewinds business time.
 */
export class FollowingStoryClock implements StoryClock {
  private line: ClockLine | undefined;
  private last = 0;
  private readonly stopper = new AbortController();
  private loop: Promise<void> | undefined;
  private isOwnerAway = false;

  constructor(
    private readonly url: string,
    private readonly wire: WireClock = systemWireClock,
  ) {}

  /** Resolves when the first line is known; throws CLOCK.UNREACHABLE after 60 s. */
  async start(): Promise<this> {
    const deadline = this.wire.now() + 60_000;
    while (!(await this.ask())) {
      if (this.wire.now() > deadline) {
        throw new AppError(
          'CLOCK.UNREACHABLE',
          `The story clock at ${this.url} did not answer for 60 s; start its owner or unset HUIDIAN_CLOCK_URL.`,
        );
      }
      await sleep(250, this.stopper.signal);
    }
    this.loop = this.follow();
    return this;
  }

  async stop(): Promise<void> {
    this.stopper.abort();
    await this.loop;
  }

  now(): Date {
    return new Date(this.ms());
  }

  ms(): number {
    if (!this.line) throw new AppError('CLOCK.NOT_STARTED', 'The story clock was read before start() resolved.');
    const { wireAnchor, storyAnchor, rate } = this.line;
    const computed = Math.floor(storyAnchor + (this.wire.now() - wireAnchor) * rate);
    if (computed > this.last) this.last = computed;
    return this.last;
  }

  rate(): number {
    return this.line?.rate ?? 1;
  }

  private async follow(): Promise<void> {
    while (!this.stopper.signal.aborted) {
      await sleep(1_000, this.stopper.signal);
      if (!this.stopper.signal.aborted) await this.ask();
    }
  }

  private async ask(): Promise<boolean> {
    const before = this.wire.now();
    try {
      const { data } = await axios.get<{ story: string; rate: number; epoch?: number }>(this.url, { timeout: 2_000 });
      const storyAnchor = Date.parse(data.story);
      const epoch = data.epoch ?? 0;
      if (this.line && epoch !== this.line.epoch) this.last = 0;
      this.line = { wireAnchor: (before + this.wire.now()) / 2, storyAnchor, rate: data.rate, epoch };
      if (this.isOwnerAway) log.info('story clock owner is back');
      this.isOwnerAway = false;
      return true;
    } catch (error) {
      if (!this.isOwnerAway)
        log.warn(
          { url: this.url, cause: String(error) },
          'story clock owner does not answer; going on from its last line',
        );
      this.isOwnerAway = true;
      return false;
    }
  }
}
