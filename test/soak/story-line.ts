import { systemWireClock } from '@app/shared';
import type { SimulatorControl } from '../harness/simulator-control';
import { asked } from './people';

interface Line {
  wire: number;
  story: number;
  rate: number;
}

interface ClockAnswer {
  wireAnchor: string;
  storyAnchor: string;
  rate: number;
}

/** The story's clock with every pace it ever had, so that story instants can be told as real ones. */
export class StoryLine {
  private readonly lines: Line[] = [];

  constructor(private readonly control: SimulatorControl) {}

  async begin(): Promise<this> {
    this.keep(await this.control.call<ClockAnswer>('GET', '/clock'));
    return this;
  }

  async setRate(rate: number): Promise<void> {
    this.keep(await asked(() => this.control.call<ClockAnswer>('PUT', '/clock', { storyRate: rate })));
  }

  /** Story milliseconds now. */
  now(): number {
    const line = this.lines.at(-1)!;
    return line.story + (systemWireClock.now() - line.wire) * line.rate;
  }

  /** The real instant of a story instant. */
  wireOf(story: number): number {
    const line = this.lines.findLast((one) => one.story <= story) ?? this.lines[0]!;
    return line.wire + (story - line.story) / line.rate;
  }

  private keep({ wireAnchor, storyAnchor, rate }: ClockAnswer): void {
    this.lines.push({ wire: Date.parse(wireAnchor), story: Date.parse(storyAnchor), rate });
  }
}
