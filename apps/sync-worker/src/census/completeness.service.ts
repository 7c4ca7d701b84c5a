import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { AppError, inTransaction, STORY_CLOCK, toShanghaiIso, type Caller, type StoryClock } from '@app/shared';
import { ShopReader } from '../shop/shop.reader';
import { CensusRepository } from './census.repository';
import type { CompletenessDto, CompletenessQuery } from './completeness.dto';
import { GapRepository } from './gap.repository';

const DAY_MS = 86_400_000;

/** Reads the proof. */
@Injectable()
export class CompletenessService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly census: CensusRepository,
    private readonly gaps: GapRepository,
    private readonly reader: ShopReader,
    @Inject(STORY_CLOCK) private readonly story: StoryClock,
  ) {}

  async read(caller: Caller, shopId: string, query: CompletenessQuery): Promise<CompletenessDto> {
    await this.reader.seen(caller, shopId);
    const to = query.to === undefined ? this.story.now() : new Date(query.to);
    const from = query.from === undefined ? new Date(to.getTime() - DAY_MS) : new Date(query.from);
    if (from >= to)
      throw new AppError('VALIDATION', 'to must be after from.', {
        errors: [{ field: 'to', code: 'ORDER', message: 'must be after from' }],
      });
    return inTransaction(this.dataSource, async (tx) => {
      const windows = await this.census.list(tx, caller.companyId, shopId, from, to);
      const gaps = await this.gaps.list(tx, caller.companyId, shopId, from, to);
      return {
        kind: query.kind,
        windows: windows.map((w) => ({
          from: toShanghaiIso(w.fromAt),
          to: toShanghaiIso(w.toAt),
          state: w.state,
          listed: w.listed,
          stored: w.stored,
          missing: w.missing,
          older: w.older,
          checkedAt: w.checkedAt && toShanghaiIso(w.checkedAt),
        })),
        gaps: gaps.map((g) => ({
          platformOrderNo: g.platformOrderNo,
          cause: g.cause,
          window: { from: toShanghaiIso(g.fromAt), to: toShanghaiIso(g.toAt) },
          foundAt: toShanghaiIso(g.foundAt),
          storedAt: g.storedAt && toShanghaiIso(g.storedAt),
        })),
      };
    });
  }
}
