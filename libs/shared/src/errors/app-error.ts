/** One wrong field of a request, named by its path (`lines[0].quantity`). */
export interface FieldError {
  field: string;
  code: string;
  message: string;
}

/** What may stand beside the message of an AppError. Members are shown to the caller. */
export interface ErrorDetails {
  errors?: FieldError[];
  [member: string]: unknown;
}

/**
 * An error that a caller may see. `code` is `NOUN.REASON`, stable, and decides the HTTP status (see http-status.ts);
 * the message states the cause, the ids and what to do.
 */
export class AppError extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly details: ErrorDetails = {},
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'AppError';
  }
}

/** A bug of ours: the statement was thought impossible. */
export class InvariantError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'InvariantError';
  }
}

/** Throws InvariantError unless the condition holds. */
export function invariant(condition: unknown, message: string): asserts condition {
  if (!condition) throw new InvariantError(message);
}
