import { Inject, Injectable } from '@nestjs/common';
import type { ReturnItem } from '@app/contracts';
import { killPoint, STORY_CLOCK, type StoryClock, type Tx } from '@app/shared';
import type { Bucket } from '../level/level.book';
import { LevelLedger } from '../level/level.ledger';
import { SkuRepository } from '../sku/sku.repository';
import { ReturnRepository, type ReturnLine } from './return.repository';
import { ScrapRepository, type NewScrap } from './scrap.repository';

const ACTOR = 'service:logistics';
/** Where the pieces of a grade count; C counts nowhere any more. */
const BUCKET_OF_GRADE: Record<ReturnLine['grade'], Bucket | null> = { A: 'onHand', B: 'damaged', C: null };
/** The posting by grade, once per line, and the stay in quarantine: revision 1 in, revision 2 out. */
const GRADED = 'return';
const QUARANTINED = 'return-quarantine';

/** A line, and whether it lies in quarantine already. */
interface Step {
  line: ReturnLine;
  wasQuarantined: boolean;
}

const keyOf = ({ returnId, lineNo }: { returnId: string; lineNo: number }) => JSON.stringify([returnId, lineNo]);

/** Books goods that came back: by grade once it is known whose they are, into quarantine until then. */
@Injectable()
export class ReturnService {
  constructor(
    private readonly returns: ReturnRepository,
    private readonly scraps: ScrapRepository,
    private readonly ledger: LevelLedger,
    private readonly skus: SkuRepository,
    @Inject(STORY_CLOCK) private readonly story: StoryClock,
  ) {}

  /**
   * Posts what is new of returns. The versions of the returns were raised before in this transaction, so nobody else
   * works on them; a line that was posted by its grade never moves again.
   */
  async receive(tx: Tx, companyId: string, items: readonly ReturnItem[]): Promise<void> {
    const known = new Map(
      (
        await this.returns.lock(
          tx,
          companyId,
          items.map(({ returnId }) => returnId),
        )
      ).map((line) => [keyOf(line), line]),
    );
    const lines = items.flatMap(linesOf);
    const steps = lines.flatMap((line): Step[] => {
      const before = known.get(keyOf(line));
      if (!before) return [{ line, wasQuarantined: false }];
      return before.isMatched || !line.isMatched
        ? []
        : [{ line: { ...before, isMatched: true }, wasQuarantined: true }];
    });
    await this.rememberSkus(tx, companyId, lines);
    await this.returns.store(tx, companyId, lines);
    await this.post(tx, companyId, steps);
    killPoint('return-in.before-commit');
  }

  private async post(tx: Tx, companyId: string, steps: readonly Step[]): Promise<void> {
    if (steps.length === 0) return;
    const book = await this.ledger.open(
      tx,
      companyId,
      new Set(steps.map(({ line }) => line.skuId)),
      steps.map(({ line: { skuId, warehouse } }) => ({ skuId, warehouse })),
    );
    const scraps: NewScrap[] = [];
    for (const { line, wasQuarantined } of steps) {
      const { returnId, lineNo, skuId, warehouse, quantity, grade } = line;
      const cause = (type: string, revision: number) => ({ type, id: returnId, line: String(lineNo), revision });
      if (!line.isMatched) {
        book.move(skuId, warehouse, 'quarantine', quantity, cause(QUARANTINED, 1));
        continue;
      }
      if (wasQuarantined) book.move(skuId, warehouse, 'quarantine', -quantity, cause(QUARANTINED, 2));
      const bucket = BUCKET_OF_GRADE[grade];
      if (bucket) book.move(skuId, warehouse, bucket, quantity, cause(GRADED, 1));
      else
        scraps.push({
          skuId,
          warehouse,
          quantity,
          reason: 'Came back with grade C.',
          causeType: GRADED,
          causeId: returnId,
          causeLine: String(lineNo),
        });
    }
    if (scraps.length > 0) await this.scraps.post(tx, companyId, scraps, ACTOR, this.story.now());
    await this.ledger.close(tx, companyId, book, ACTOR);
  }

  private async rememberSkus(tx: Tx, companyId: string, lines: readonly ReturnLine[]): Promise<void> {
    const skus = new Map(
      lines.map(({ skuId, skuCode }) => [
        skuId,
        { skuId, code: skuCode, name: '', spec: {}, isActive: true, version: 0 },
      ]),
    );
    await this.skus.store(tx, companyId, [...skus.values()]);
  }
}

function linesOf({ returnId, returnVersion, isMatched, warehouse, lines }: ReturnItem): ReturnLine[] {
  return lines.map(({ lineNo, skuId, skuCode, quantity, grade }) => ({
    returnId,
    lineNo,
    skuId,
    skuCode,
    warehouse,
    quantity,
    grade,
    isMatched,
    returnVersion,
  }));
}
