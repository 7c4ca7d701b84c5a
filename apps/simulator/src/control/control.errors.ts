/** A refusal of the control API; `status` is the HTTP status, `code` the stable word for it. */
export class ControlError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

/** The body lacks something or holds something wrong. */
export const badRequest = (message: string): ControlError => new ControlError(400, 'VALIDATION', message);

/** Nothing has this name. */
export const notFound = (what: string): ControlError => new ControlError(404, 'CONTROL.NOT_FOUND', what);
