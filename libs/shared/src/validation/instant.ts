import { applyDecorators } from '@nestjs/common';
import { Transform } from 'class-transformer';
import { isISO8601, ValidateBy } from 'class-validator';

const WITH_OFFSET = /T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/;
/** A query that was not encoded brings the plus of an offset as a space. */
const LOST_PLUS = /(T[\d:.]+) (\d\d:\d\d)$/;

/** A time in ISO 8601 with its offset: without one it would mean another moment on every machine. */
export const IsInstant = () =>
  applyDecorators(
    Transform(({ value }: { value: unknown }) =>
      typeof value === 'string' ? value.replace(LOST_PLUS, '$1+$2') : value,
    ),
    ValidateBy({
      name: 'isInstant',
      validator: {
        validate: (value: unknown) =>
          typeof value === 'string' && isISO8601(value, { strict: true }) && WITH_OFFSET.test(value),
        defaultMessage: () => '$property must be a time with its offset, such as 2026-11-01T00:00:00+08:00',
      },
    }),
  );
