import { ValidationPipe, type ValidationError } from '@nestjs/common';
import { AppError, type FieldError } from '../errors/app-error';

function flatten(errors: readonly ValidationError[], prefix: string): FieldError[] {
  return errors.flatMap((error) => {
    const field = /^\d+$/.test(error.property)
      ? `${prefix}[${error.property}]`
      : prefix
        ? `${prefix}.${error.property}`
        : error.property;
    const own = Object.entries(error.constraints ?? {}).map(([rule, message]) => ({
      field,
      code: rule.replace(/([a-z])([A-Z])/g, '$1_$2').toUpperCase(),
      message,
    }));
    return [...own, ...flatten(error.children ?? [], field)];
  });
}

/** Checks DTO classes; unknown members are refused and all wrong fields are named at once. */
export function createValidationPipe(): ValidationPipe {
  return new ValidationPipe({
    whitelist: true,
    forbidNonWhitelisted: true,
    forbidUnknownValues: false,
    transform: true,
    transformOptions: { exposeDefaultValues: true },
    exceptionFactory: (errors) => {
      const fields = flatten(errors, '');
      return new AppError(
        'VALIDATION',
        `The request has ${fields.length} wrong field(s): ${fields
          .slice(0, 5)
          .map(({ field }) => field)
          .join(', ')}.`,
        { errors: fields },
      );
    },
  });
}
