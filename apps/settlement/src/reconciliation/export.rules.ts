import { fenToYuan, toShanghaiText } from '@app/shared';
import type { LineRow } from './reconciliation.repository';

/** A column of an export; amounts are fen, ids and words are text. */
export type ExportColumn = { title: string; width: number } & (
  { text: (line: LineRow) => string } | { id: (line: LineRow) => string } | { fen: (line: LineRow) => number }
);

/** What an export shows, in this order. */
export const EXPORT_COLUMNS: readonly ExportColumn[] = [
  { title: '类别 class', width: 20, text: (line) => line.class },
  { title: '平台订单号 order', width: 24, id: (line) => line.platformOrderNo ?? '' },
  { title: '款项 kind', width: 18, text: (line) => line.entryKind ?? '' },
  { title: '应收 expected (元)', width: 16, fen: (line) => line.expectedFen },
  { title: '账单 billed (元)', width: 16, fen: (line) => line.billedFen },
  { title: '差额 difference (元)', width: 16, fen: (line) => line.billedFen - line.expectedFen },
  { title: '应扣费用 expected fees (元)', width: 16, fen: (line) => line.expectedFeeFen },
  { title: '实扣费用 billed fees (元)', width: 16, fen: (line) => line.billedFeeFen },
  { title: '账单文件 bill file', width: 36, text: (line) => line.billFile ?? '' },
  { title: '行号 row', width: 10, text: (line) => (line.billRow === null ? '' : String(line.billRow)) },
  { title: '到期 due', width: 20, text: (line) => (line.dueAt ? toShanghaiText(line.dueAt) : '') },
  { title: '负责人 owner', width: 16, text: (line) => line.owner ?? '' },
  { title: '处理 resolution', width: 20, text: (line) => line.resolution ?? '' },
  { title: '备注 note', width: 40, text: (line) => line.note ?? '' },
];

/** A text that no spreadsheet takes for a formula: an apostrophe before = + - @, tabs and line ends. */
export function harmless(text: string): string {
  return /^[\s]*[=+\-@＝＋－＠]/.test(text) || /^[\t\r\n]/.test(text) ? `'${text}` : text;
}

const quoted = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/** The tab behind an id keeps spreadsheets from reading a long number, as the platform's own files do (Taobao sheet §12.2). */
function csvCell(column: ExportColumn, line: LineRow): string {
  if ('fen' in column) return fenToYuan(column.fen(line));
  if ('id' in column) {
    const id = column.id(line);
    return id === '' ? '' : quoted(`${harmless(id)}\t`);
  }
  return quoted(harmless(column.text(line)));
}

/** The first line of a CSV export, with the mark by which spreadsheets know UTF-8. */
export const csvHead = (): string => `\uFEFF${EXPORT_COLUMNS.map(({ title }) => quoted(title)).join(',')}\r\n`;

/** One line of a CSV export. */
export const csvLine = (line: LineRow): string =>
  `${EXPORT_COLUMNS.map((column) => csvCell(column, line)).join(',')}\r\n`;
