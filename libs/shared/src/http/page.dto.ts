import { applyDecorators } from '@nestjs/common';
import { ApiExtraModels, ApiOkResponse, ApiPropertyOptional, getSchemaPath } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsInt, IsOptional, IsString, Max, MaxLength, Min } from 'class-validator';
import { AppError } from '../errors/app-error';

/** Query members of every list. */
export class PageQuery {
  @ApiPropertyOptional({ description: 'Where the former page ended: its nextCursor' })
  @IsOptional()
  @IsString()
  @MaxLength(400)
  cursor?: string;

  @ApiPropertyOptional({ type: Number, description: 'Items per page, at most 500', default: 50 })
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(500)
  limit = 50;
}

/** Documents a list answer of items of one class. */
export const ApiPage = (item: new (...args: never[]) => unknown) =>
  applyDecorators(
    ApiExtraModels(item),
    ApiOkResponse({
      schema: {
        type: 'object',
        required: ['items', 'nextCursor'],
        properties: {
          items: { type: 'array', items: { $ref: getSchemaPath(item) } },
          nextCursor: { type: 'string', nullable: true },
        },
      },
    }),
  );

/** A list answer. */
export interface Page<T> {
  items: T[];
  nextCursor: string | null;
}

/** Builds a page from `limit + 1` read rows; the cursor holds the sort keys of the last shown row. */
export function pageOf<T, R>(
  found: readonly T[],
  limit: number,
  keysOf: (item: T) => readonly (string | number)[],
  present: (item: T) => R,
): Page<R> {
  const shown = found.slice(0, limit);
  const last = shown[shown.length - 1];
  const nextCursor =
    found.length > limit && last ? Buffer.from(JSON.stringify(keysOf(last))).toString('base64url') : null;
  return { items: shown.map(present), nextCursor };
}

/** Reads a cursor of `count` keys made by pageOf; undefined for the first page, CURSOR.INVALID (400) for anything else. */
export function readCursor(cursor: string | undefined, count: number): (string | number)[] | undefined {
  if (!cursor) return undefined;
  try {
    const keys: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    if (
      Array.isArray(keys) &&
      keys.length === count &&
      keys.every((key) => typeof key === 'string' || typeof key === 'number')
    )
      return keys as (string | number)[];
  } catch (error) {
    throw new AppError(
      'CURSOR.INVALID',
      'The cursor is not one that this list gave; begin without a cursor.',
      {},
      { cause: error },
    );
  }
  throw new AppError('CURSOR.INVALID', 'The cursor is not one that this list gave; begin without a cursor.');
}
