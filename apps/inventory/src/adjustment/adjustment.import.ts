import type { MultipartFile, MultipartValue } from '@fastify/multipart';
import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { AppError, type Caller } from '@app/shared';
import type { ImportAnswerDto } from './adjustment.dto';
import { AdjustmentService } from './adjustment.service';
import { MAX_ROWS, parseCsv, readTable, type ImportRow } from './import.rules';

/** Most bytes of one file. */
export const MAX_FILE_BYTES = 10 * 1024 * 1024;

/** Takes a file of stock out of a multipart request. */
@Injectable()
export class AdjustmentImport {
  constructor(private readonly adjustments: AdjustmentService) {}

  /** Throws VALIDATION or ADJUSTMENT_FILE.INVALID; rows are judged one by one. */
  async run(caller: Caller, request: FastifyRequest): Promise<ImportAnswerDto> {
    if (!request.isMultipart())
      throw this.wrong('file', 'MULTIPART', 'send multipart/form-data with the fields key and file');
    let file: Buffer | undefined;
    const fields = new Map<string, string>();
    for await (const part of request.parts({
      limits: { fileSize: MAX_FILE_BYTES, files: 1, fields: 10 },
    }) as AsyncIterable<MultipartFile | MultipartValue>) {
      if (part.type === 'file') file = await part.toBuffer();
      else fields.set(part.fieldname, String(part.value));
    }
    const key = fields.get('key') ?? '';
    if (key.length < 1 || key.length > 200) throw this.wrong('key', 'LENGTH', 'the key has 1 to 200 characters');
    if (!file) throw this.wrong('file', 'MISSING', 'the file is missing');
    return this.adjustments.importRows(caller, key, (fields.get('cause') ?? 'import').slice(0, 500), this.rowsOf(file));
  }

  private rowsOf(file: Buffer): ImportRow[] {
    if (file.subarray(0, 2).toString('latin1') === 'PK')
      throw new AppError('ADJUSTMENT_FILE.INVALID', 'The file is a spreadsheet; save it as CSV (UTF-8) and send that.');
    const found = readTable(parseCsv(file.toString('utf8').replaceAll('\u0000', '')));
    if (!found)
      throw new AppError(
        'ADJUSTMENT_FILE.INVALID',
        'The first row must name the columns skuCode, warehouse and quantity (and bucket, if wanted).',
      );
    if (found.length > MAX_ROWS)
      throw new AppError(
        'ADJUSTMENT_FILE.INVALID',
        `The file has ${found.length} rows; send at most ${MAX_ROWS} at once.`,
      );
    return found;
  }

  private wrong(field: string, code: string, message: string): AppError {
    return new AppError('VALIDATION', `${field}: ${message}.`, { errors: [{ field, code, message }] });
  }
}
