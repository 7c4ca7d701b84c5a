import { Injectable } from '@nestjs/common';

/** Rings in this process when facts were committed, so that its relay need not look every few milliseconds. */
@Injectable()
export class OutboxBell {
  private isRung = false;
  private wake: (() => void) | undefined;

  ring(): void {
    this.isRung = true;
    this.wake?.();
  }

  /** Resolves at the next ring, at once when it rang since the last wait, and after `ms` in any case. */
  async wait(ms: number): Promise<void> {
    if (!this.isRung)
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms);
        this.wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    this.wake = undefined;
    this.isRung = false;
  }
}
