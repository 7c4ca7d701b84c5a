import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import {
  AppError,
  bodyHash,
  inTransaction,
  killPoint,
  newId,
  STORY_CLOCK,
  toShanghaiIso,
  type Caller,
  type FieldError,
  type StoryClock,
  type Tx,
} from '@app/shared';
import type { LevelBook } from '../level/level.book';
import { LevelLedger } from '../level/level.ledger';
import { SkuDirectory } from '../sku/sku.directory';
import { WarehouseRepository } from '../warehouse/warehouse.repository';
import type { AdjustDto, AdjustedLineDto, AdjustmentDto, AdjustmentLineDto, ImportAnswerDto } from './adjustment.dto';
import { AdjustmentRepository } from './adjustment.repository';
import type { ImportRow } from './import.rules';

/** A line with what stands in its way, if anything does. */
interface JudgedLine {
  line: AdjustmentLineDto;
  no: number;
  skuId: string;
}

/** What every document needs before its transaction. */
interface Resolved {
  skuIds: ReadonlyMap<string, string>;
}

/** Changes stock by hand: whole documents, or row by row from a file; a key posts once. */
@Injectable()
export class AdjustmentService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly adjustments: AdjustmentRepository,
    private readonly ledger: LevelLedger,
    private readonly warehouses: WarehouseRepository,
    private readonly skus: SkuDirectory,
    @Inject(STORY_CLOCK) private readonly story: StoryClock,
  ) {}

  /** All lines or none. Throws SKU.NOT_FOUND, WAREHOUSE.NOT_FOUND, STOCK.NEGATIVE (each line named) or IDEMPOTENCY.KEY_REUSED. */
  async adjust(caller: Caller, body: AdjustDto): Promise<{ isNew: boolean; adjustment: AdjustmentDto }> {
    const resolved = { skuIds: await this.skus.require(caller.companyId, body.lines) };
    const answer = await this.once(caller, body.key, body.cause, body, async (tx, id) => {
      const known = await this.warehouses.codes(tx, caller.companyId);
      const errors = body.lines.flatMap((line, index) =>
        this.unknownWarehouse(caller, known, line.warehouse, `lines[${index}].warehouse`),
      );
      if (errors.length > 0) throw new AppError('WAREHOUSE.NOT_FOUND', errors[0]!.message, { errors });
      const lines = this.judgedLines(body.lines, resolved);
      const book = await this.open(tx, caller.companyId, lines);
      const negative = this.negativeLines(book, lines, body.belowReserved).map(({ no, message }): FieldError => ({
        field: `lines[${no}].quantity`,
        code: 'NEGATIVE',
        message,
      }));
      if (negative.length > 0)
        throw new AppError('STOCK.NEGATIVE', `${negative[0]!.message} Nothing was changed.`, { errors: negative });
      const adjusted = this.post(book, id, lines);
      await this.ledger.close(tx, caller.companyId, book, caller.clientId);
      return { lines: adjusted };
    });
    return { isNew: answer.isNew, adjustment: answer.value as AdjustmentDto };
  }

  /** Posts the good rows of a file and names what is wrong with the others. The same file under the same key posts once. */
  async importRows(caller: Caller, key: string, cause: string, rows: readonly ImportRow[]): Promise<ImportAnswerDto> {
    const skuIds = await this.skus.find(
      caller.companyId,
      rows.flatMap(({ line }) => (line ? [line.skuCode] : [])),
    );
    const { value } = await this.once(caller, key, cause, rows, async (tx, id) => {
      const known = await this.warehouses.codes(tx, caller.companyId);
      const judged = rows.map(({ row, line, errors }) => ({
        row,
        line,
        errors: line
          ? [
              ...(skuIds.has(line.skuCode)
                ? []
                : [{ field: 'skuCode', code: 'UNKNOWN', message: `There is no SKU ${line.skuCode}.` }]),
              ...this.unknownWarehouse(caller, known, line.warehouse, 'warehouse'),
            ]
          : errors,
      }));
      const good = judged.flatMap(({ row, line, errors }): JudgedLine[] =>
        line && errors.length === 0 ? [{ line, no: row, skuId: skuIds.get(line.skuCode)! }] : [],
      );
      const book = await this.open(tx, caller.companyId, good);
      const negative = new Map(this.negativeLines(book, good, false).map(({ no, message }) => [no, message]));
      this.post(
        book,
        id,
        good.filter(({ no }) => !negative.has(no)),
      );
      await this.ledger.close(tx, caller.companyId, book, caller.clientId);
      const items = judged.map(({ row, errors }) => {
        const all = negative.has(row) ? [{ field: 'quantity', code: 'NEGATIVE', message: negative.get(row)! }] : errors;
        return all.length > 0 ? { row, verdict: 'refused' as const, errors: all } : { row, verdict: 'posted' as const };
      });
      return { posted: items.filter(({ verdict }) => verdict === 'posted').length, items };
    });
    const { posted, items } = value as ImportAnswerDto;
    return { key, posted, items };
  }

  private async once(
    caller: Caller,
    key: string,
    cause: string,
    body: unknown,
    effect: (tx: Tx, id: string) => Promise<object>,
  ): Promise<{ isNew: boolean; value: object }> {
    const hash = bodyHash(body);
    const answer = await inTransaction(this.dataSource, async (tx) => {
      await this.adjustments.lockKey(tx, caller.companyId, key);
      const known = await this.adjustments.byKey(tx, caller.companyId, key);
      if (known && known.bodyHash !== hash)
        throw new AppError(
          'IDEMPOTENCY.KEY_REUSED',
          `The key "${key}" stands for another adjustment (${known.id}); take a new key for a new one.`,
        );
      if (known) return { isNew: false, value: JSON.parse(known.response) as object };
      const id = newId('adj');
      const at = this.story.now();
      const value = { id, key, cause, at: toShanghaiIso(at), ...(await effect(tx, id)) };
      await this.adjustments.insert(tx, caller.companyId, {
        id,
        key,
        bodyHash: hash,
        cause,
        actor: caller.clientId,
        at,
        response: JSON.stringify(value),
      });
      killPoint('adjustment.before-commit');
      return { isNew: true, value };
    });
    killPoint('adjustment.after-commit');
    return answer;
  }

  private judgedLines(lines: readonly AdjustmentLineDto[], { skuIds }: Resolved): JudgedLine[] {
    return lines.map((line, no) => ({ line, no, skuId: skuIds.get(line.skuCode)! }));
  }

  private open(tx: Tx, companyId: string, lines: readonly JudgedLine[]): Promise<LevelBook> {
    const keys = new Map(
      lines.map(({ skuId, line }) => [JSON.stringify([skuId, line.warehouse]), { skuId, warehouse: line.warehouse }]),
    );
    return this.ledger.open(tx, companyId, new Set(lines.map(({ skuId }) => skuId)), [...keys.values()]);
  }

  /** Lines that take from a counter more than it has after all that the document adds to it. */
  private negativeLines(
    book: LevelBook,
    lines: readonly JudgedLine[],
    belowReserved: boolean,
  ): { no: number; message: string }[] {
    const left = new Map<string, number>();
    const keyOf = ({ skuId, line }: JudgedLine) => JSON.stringify([skuId, line.warehouse, line.bucket]);
    for (const one of lines) {
      const level = book.find(one.skuId, one.line.warehouse)!;
      if (!left.has(keyOf(one)))
        left.set(
          keyOf(one),
          level[one.line.bucket] - (one.line.bucket === 'onHand' && !belowReserved ? level.reserved : 0),
        );
      if (one.line.quantity > 0) left.set(keyOf(one), left.get(keyOf(one))! + one.line.quantity);
    }
    const refused: { no: number; message: string }[] = [];
    for (const one of lines) {
      const { skuCode, warehouse, bucket, quantity } = one.line;
      if (quantity > 0) continue;
      const has = left.get(keyOf(one))!;
      const level = book.find(one.skuId, warehouse)!;
      if (has + quantity >= 0) left.set(keyOf(one), has + quantity);
      else
        refused.push({
          no: one.no,
          message: `SKU ${skuCode} in ${warehouse}: ${-quantity} to be taken from ${bucket} ${level[bucket]}${bucket === 'onHand' ? ` of which ${level.reserved} are reserved` : ''}.`,
        });
    }
    return refused;
  }

  /** Additions first, so that no counter is negative in between. */
  private post(book: LevelBook, id: string, lines: readonly JudgedLine[]): AdjustedLineDto[] {
    const adjusted = new Map<number, AdjustedLineDto>();
    for (const { line, no, skuId } of [...lines].sort(
      (a, b) => Number(b.line.quantity > 0) - Number(a.line.quantity > 0),
    )) {
      const before = book.find(skuId, line.warehouse)![line.bucket];
      book.move(skuId, line.warehouse, line.bucket, line.quantity, {
        type: 'adjustment',
        id,
        line: String(no),
        revision: 1,
      });
      adjusted.set(no, { ...line, before, after: before + line.quantity });
    }
    return lines.map(({ no }) => adjusted.get(no)!);
  }

  private unknownWarehouse(caller: Caller, known: ReadonlySet<string>, warehouse: string, field: string): FieldError[] {
    const isVisible = known.has(warehouse) && (!caller.warehouses || caller.warehouses.includes(warehouse));
    return isVisible ? [] : [{ field, code: 'UNKNOWN', message: `There is no warehouse ${warehouse}.` }];
  }
}
