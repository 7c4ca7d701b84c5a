import { Inject, Injectable } from '@nestjs/common';
import { stockSellableChanged, type SellableItem } from '@app/contracts';
import { newId, Outbox, STORY_CLOCK, type FactToTell, type StoryClock, type Tx } from '@app/shared';
import { LevelBook, type LevelKey, type StockLevel } from './level.book';
import { LevelRepository } from './level.repository';

/** What platforms may be told before shares: on hand − reserved − safety. */
export function sellableOf(level: Pick<StockLevel, 'onHand' | 'reserved' | 'safety'>): number {
  return level.onHand - level.reserved - level.safety;
}

/** The only way in which counters change: locked, booked, written with their movements and told, in one transaction. */
@Injectable()
export class LevelLedger {
  constructor(
    private readonly levels: LevelRepository,
    private readonly outbox: Outbox,
    @Inject(STORY_CLOCK) private readonly story: StoryClock,
  ) {}

  /** Locks all levels of some SKUs; `ensured` levels exist afterwards. */
  async open(tx: Tx, companyId: string, skuIds: ReadonlySet<string>, ensured: readonly LevelKey[]): Promise<LevelBook> {
    const ids = [...skuIds].sort();
    if (ids.length === 0) return new LevelBook([]);
    const book = new LevelBook(await this.levels.lockSkus(tx, companyId, ids));
    const missing = ensured.filter(({ skuId, warehouse }) => !book.find(skuId, warehouse));
    if (missing.length === 0) return book;
    await this.levels.makeMissing(tx, companyId, missing);
    return new LevelBook(await this.levels.lockSkus(tx, companyId, ids));
  }

  /** Writes what was booked, tells the changed levels once each, and notes SKUs of which more is free now. */
  async close(tx: Tx, companyId: string, book: LevelBook, actor: string): Promise<void> {
    const toTell = await this.write(tx, companyId, book, actor);
    if (toTell.length > 0) await this.outbox.append(tx, companyId, toTell);
  }

  /** As close, but what is to be told is returned: the caller appends it with facts of its own, in this transaction. */
  async write(tx: Tx, companyId: string, book: LevelBook, actor: string): Promise<FactToTell[]> {
    const changed = book.changed();
    const movements = book.movements();
    if (movements.length > 0) await this.levels.post(tx, companyId, movements, actor, this.story.now());
    if (changed.length === 0) return [];
    for (const { now, first } of changed) now.version = first.version + 1;
    await this.levels.write(
      tx,
      companyId,
      changed.map(({ now }) => now),
    );
    const risen = new Set(
      changed
        .filter(({ now, first }) => now.onHand - now.reserved > first.onHand - first.reserved)
        .map(({ now }) => now.skuId),
    );
    if (risen.size > 0)
      await this.levels.noteRises(
        tx,
        companyId,
        [...risen].map((skuId) => ({ id: newId('ris'), skuId })),
      );
    return this.toTell(changed);
  }

  private toTell(changed: readonly { now: StockLevel; first: StockLevel }[]): FactToTell[] {
    const visible = changed
      .filter(
        ({ now, first }) =>
          now.onHand !== first.onHand ||
          now.reserved !== first.reserved ||
          now.safety !== first.safety ||
          now.occupied !== first.occupied,
      )
      .map(({ now }) => now);
    if (visible.length === 0) return [];
    const items = visible.map((level): SellableItem => ({
      levelId: `${level.skuId}@${level.warehouse}`,
      stockVersion: level.version,
      skuId: level.skuId,
      skuCode: level.skuCode,
      warehouse: level.warehouse,
      onHand: level.onHand,
      reserved: level.reserved,
      safety: level.safety,
      sellable: sellableOf(level),
      ...(level.occupied.length > 0 && { occupied: [...level.occupied] }),
    }));
    return [{ fact: stockSellableChanged, items } as unknown as FactToTell];
  }
}
