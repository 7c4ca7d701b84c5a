import type { MultipartFile, MultipartValue } from '@fastify/multipart';
import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { AppError, type Caller, type FieldError } from '@app/shared';
import type { BillImportAnswer } from './bill.dto';
import { BillImport } from './bill.import';

/** Most bytes of one file; the body limit of the route is 32 MiB. */
const MAX_FILE_BYTES = 30 * 1024 * 1024;

/** Takes a bill out of a multipart request. */
@Injectable()
export class BillUpload {
  constructor(private readonly imports: BillImport) {}

  /** Throws VALIDATION naming every missing field. */
  async run(caller: Caller, request: FastifyRequest): Promise<BillImportAnswer> {
    if (!request.isMultipart())
      throw new AppError('VALIDATION', 'Send multipart/form-data with the fields file, shopId and format.', {
        errors: [{ field: 'file', code: 'MULTIPART', message: 'send multipart/form-data' }],
      });
    let file: { name: string; bytes: Buffer } | undefined;
    const fields = new Map<string, string>();
    for await (const part of request.parts({
      limits: { fileSize: MAX_FILE_BYTES, files: 1, fields: 10 },
    }) as AsyncIterable<MultipartFile | MultipartValue>) {
      if (part.type === 'file') file = { name: part.filename, bytes: await part.toBuffer() };
      else fields.set(part.fieldname, String(part.value));
    }
    const wrong: FieldError[] = ['shopId', 'format']
      .filter((field) => !/^.{1,64}$/.test(fields.get(field) ?? ''))
      .map((field) => ({ field, code: 'LENGTH', message: 'give 1 to 64 characters' }));
    if (!file) wrong.push({ field: 'file', code: 'MISSING', message: 'the file is missing' });
    for (const field of fields.keys())
      if (!['shopId', 'format'].includes(field))
        wrong.push({ field, code: 'UNKNOWN', message: 'this field is not known' });
    if (wrong.length > 0 || !file)
      throw new AppError(
        'VALIDATION',
        `The request has ${wrong.length} wrong field(s): ${wrong.map(({ field }) => field).join(', ')}.`,
        { errors: wrong },
      );
    return this.imports.take(caller, {
      shopId: fields.get('shopId')!,
      format: fields.get('format')!,
      fileName: file.name.slice(0, 300),
      bytes: file.bytes,
    });
  }
}
