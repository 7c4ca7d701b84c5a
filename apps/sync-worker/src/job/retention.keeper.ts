import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { createLogger, inTransaction, STORY_CLOCK, WIRE_CLOCK, type StoryClock, type WireClock } from '@app/shared';
import { Schedule } from '../work/schedule';
import { RetentionRepository } from './retention.repository';

const log = createLogger('retention');
const EVERY_TICKS = 600;
/** Days of business time that windows, pulls and proofs are kept after they are done. */
export const KEEP_DAYS = 90;
const DAY_MS = 86_400_000;
/** Rows removed in one transaction; what is left goes with the next ones. */
const MOST_ROWS = 5_000;
const MOST_ROUNDS = 20;

/** Removes what is done and old: windows, pulls that a person asked for, and proofs. */
@Injectable()
export class RetentionKeeper implements OnModuleInit {
  private ticks = 0;

  constructor(
    private readonly dataSource: DataSource,
    private readonly schedule: Schedule,
    private readonly repository: RetentionRepository,
    @Inject(STORY_CLOCK) private readonly story: StoryClock,
    @Inject(WIRE_CLOCK) private readonly wire: WireClock,
  ) {}

  onModuleInit(): void {
    this.schedule.every({ name: 'retention', run: () => this.tick() });
  }

  private async tick(): Promise<void> {
    this.ticks += 1;
    if (this.ticks % EVERY_TICKS === 0) await this.remove();
  }

  /** One round for all companies; returns how many rows went. Public for tests. */
  async remove(): Promise<number> {
    const before = {
      story: new Date(this.story.ms() - KEEP_DAYS * DAY_MS),
      // Some rows carry real times alone; a story that runs faster passes its 90 days in less of them.
      wire: new Date(this.wire.now() - (KEEP_DAYS * DAY_MS) / Math.max(1, this.story.rate())),
    };
    let removed = 0;
    for (let round = 0; round < MOST_ROUNDS; round += 1) {
      const gone = await inTransaction(this.dataSource, (tx) => this.repository.remove(tx, before, MOST_ROWS));
      removed += gone;
      if (gone < MOST_ROWS) break;
    }
    if (removed > 0) log.info({ removed }, 'windows and proofs that are done and old were removed');
    return removed;
  }
}
