import type { EventLog, LogRecord } from './event-log';
import { SECOND } from './times';
import { wireNow } from './wire';

/** The story's line: at wire instant `wire` the story stood at `story`; it moves `rate` times as fast. */
export interface ClockLine {
  wire: number;
  story: number;
  rate: number;
  epoch: number;
}

/** How a start after a stop goes on: keep running the old line, or stand still while nothing ran. */
export type ResumeMode = 'auto' | 'line' | 'anchor';

/** A crash shorter than this (wire time) is taken for a crash of the simulator alone. */
const LONGEST_CRASH_MS = 10 * 60 * SECOND;

/**
 * The two clocks. The story clock is one line in the log; the wire clock of each platform is real time plus an offset
 * that a test may set.
 */
export class Clocks {
  private line: ClockLine | undefined;
  private lastStory = 0;
  private lastBeatWire = 0;
  private wasStopped = false;
  private readonly offsets = new Map<string, number>();
  private timer: NodeJS.Timeout | undefined;
  private log: EventLog | undefined;

  /** Reads a record of an earlier run. */
  replay(record: LogRecord): void {
    if (record.k === 'clock') {
      this.line = record.line as ClockLine;
      this.lastStory = this.line.story;
      this.lastBeatWire = this.line.wire;
      this.wasStopped = false;
    } else if (record.k === 'beat') {
      this.lastStory = record.story as number;
      this.lastBeatWire = record.wire as number;
      this.wasStopped = false;
    } else if (record.k === 'stopped') {
      this.wasStopped = true;
    } else if (record.k === 'wire') {
      this.offsets.set(record.platform as string, record.offset as number);
    }
  }

  /**
   * Starts the story. After a clean stop (everything was stopped) or a long absence the story goes on from its last
   * persisted second (never before the newest thing that happened); after a short crash the line simply goes on,
   * because the services have kept following it.
   */
  start(log: EventLog, rate: number, resume: ResumeMode, newestStory: number): void {
    this.log = log;
    const now = wireNow();
    const isCrash = !this.wasStopped && now - this.lastBeatWire < LONGEST_CRASH_MS;
    const keepsLine = resume === 'line' || (resume === 'auto' && isCrash);
    if (!this.line) this.setLine({ wire: now, story: now, rate, epoch: 1 });
    else if (!keepsLine)
      this.setLine({
        wire: now,
        story: Math.max(this.lastStory, newestStory),
        rate: this.line.rate,
        epoch: this.line.epoch + 1,
      });
    this.timer = setInterval(() => this.beat(), SECOND);
    this.timer.unref();
  }

  stop(): void {
    clearInterval(this.timer);
    this.beat();
    this.log?.append({ k: 'stopped' });
  }

  /** Story milliseconds now. */
  story(): number {
    const line = this.current();
    return Math.floor(line.story + (wireNow() - line.wire) * line.rate);
  }

  /** A platform's own idea of real time, in milliseconds. */
  wire(platform: string): number {
    return wireNow() + (this.offsets.get(platform) ?? 0);
  }

  /** Real when the platform's wire clock was not moved. */
  isWireReal(platform: string): boolean {
    return (this.offsets.get(platform) ?? 0) === 0;
  }

  current(): ClockLine {
    if (!this.line) throw new Error('The clocks were read before they were started.');
    return this.line;
  }

  /** Changes the pace without a jump. */
  setRate(rate: number): void {
    this.setLine({ wire: wireNow(), story: this.story(), rate, epoch: this.current().epoch });
  }

  /** Moves the story forward. */
  advance(ms: number): void {
    this.setLine({ ...this.current(), wire: wireNow(), story: this.story() + ms });
  }

  /** Sets a platform's wire clock to an instant from which it goes on ticking, or back to real time with null. */
  setWire(platform: string, instant: number | null): void {
    const offset = instant === null ? 0 : instant - wireNow();
    this.offsets.set(platform, offset);
    this.log?.append({ k: 'wire', platform, offset });
  }

  private setLine(line: ClockLine): void {
    this.line = line;
    this.log?.append({ k: 'clock', line });
  }

  /** The last persisted second, or what happened in the moments after it; an order dated into the future does not count. */
  private resumeAt(newestStory: number): number {
    const reach = this.lastStory + 5 * SECOND * Math.max(1, this.current().rate);
    return newestStory > this.lastStory && newestStory <= reach ? newestStory : this.lastStory;
  }

  private beat(): void {
    this.log?.append({ k: 'beat', wire: wireNow(), story: this.story() });
  }
}
