import { PassThrough, Readable } from 'node:stream';
import { Injectable, StreamableFile } from '@nestjs/common';
import { createLogger, inTransaction, type Caller } from '@app/shared';
import { stream } from 'exceljs';
import { DataSource } from 'typeorm';
import { csvHead, csvLine, EXPORT_COLUMNS, harmless } from './export.rules';
import { ReconciliationRepository, type LineRow } from './reconciliation.repository';
import { ReconciliationService } from './reconciliation.service';

const log = createLogger('export');
/** Lines read at a time; an export of a million lines stays small in memory. */
const PAGE = 5_000;
const YUAN = '#,##0.00;[Red]-#,##0.00';

/** Writes the lines of a reconciliation for spreadsheets. */
@Injectable()
export class ReconciliationExport {
  constructor(
    private readonly dataSource: DataSource,
    private readonly service: ReconciliationService,
    private readonly reconciliations: ReconciliationRepository,
  ) {}

  /** Throws RECONCILIATION.NOT_FOUND, RECONCILIATION.NOT_DONE. */
  async file(caller: Caller, id: string, format: 'csv' | 'xlsx'): Promise<StreamableFile> {
    await inTransaction(this.dataSource, (tx) => this.service.needDone(tx, caller, id));
    const lines = this.pages(caller.companyId, id);
    const isCsv = format === 'csv';
    return new StreamableFile(isCsv ? Readable.from(this.csv(lines)) : this.xlsx(lines), {
      type: isCsv ? 'text/csv; charset=utf-8' : 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
      disposition: `attachment; filename="${id}.${format}"`,
    });
  }

  private async *pages(companyId: string, id: string): AsyncGenerator<LineRow[]> {
    for (let after = 0; ;) {
      const page = await inTransaction(this.dataSource, (tx) =>
        this.reconciliations.lines(tx, companyId, id, { class: null, after }, PAGE),
      );
      const last = page[page.length - 1];
      if (!last) return;
      yield page;
      after = last.lineNo;
    }
  }

  private async *csv(pages: AsyncIterable<LineRow[]>): AsyncGenerator<string> {
    yield csvHead();
    for await (const page of pages) yield page.map(csvLine).join('');
  }

  private xlsx(pages: AsyncIterable<LineRow[]>): Readable {
    const out = new PassThrough();
    this.writeXlsx(pages, out).catch((error: Error) => {
      log.error({ cause: error.message }, 'an export broke off');
      out.destroy(error);
    });
    return out;
  }

  /** Header frozen, amounts as numbers with two decimals, ids as text, sums below. */
  private async writeXlsx(pages: AsyncIterable<LineRow[]>, out: PassThrough): Promise<void> {
    const book = new stream.xlsx.WorkbookWriter({ stream: out, useStyles: true });
    const sheet = book.addWorksheet('对账', { views: [{ state: 'frozen', ySplit: 1 }] });
    sheet.columns = EXPORT_COLUMNS.map((column) => ({
      header: column.title,
      width: column.width,
      style: { numFmt: 'fen' in column ? YUAN : '@' },
    }));
    sheet.getRow(1).font = { bold: true };
    sheet.getRow(1).commit();
    const sums = EXPORT_COLUMNS.map(() => 0);
    let last = 1;
    for await (const page of pages) {
      for (const line of page) {
        sheet
          .addRow(
            EXPORT_COLUMNS.map((column) =>
              'fen' in column ? column.fen(line) / 100 : harmless('id' in column ? column.id(line) : column.text(line)),
            ),
          )
          .commit();
        EXPORT_COLUMNS.forEach((column, index) => ('fen' in column ? (sums[index]! += column.fen(line)) : undefined));
        last += 1;
      }
    }
    const total = sheet.addRow(
      EXPORT_COLUMNS.map((column, index) => {
        if (!('fen' in column)) return index === 0 ? '合计 sum' : '';
        const letter = String.fromCharCode(65 + index);
        return last === 1 ? 0 : { formula: `SUM(${letter}2:${letter}${last})`, result: sums[index]! / 100 };
      }),
    );
    total.font = { bold: true };
    total.commit();
    await book.commit();
  }
}
