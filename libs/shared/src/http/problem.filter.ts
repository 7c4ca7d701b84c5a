import { Catch, HttpException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { isConnectionError, sqlStateOf } from '../db/transaction';
import { AppError } from '../errors/app-error';
import { httpStatusOf } from '../errors/http-status';
import { createLogger } from '../logging/logger';
import { currentTraceId } from '../logging/trace';

const log = createLogger('http');

/** An answer of RFC 9457 as this system gives it. */
export interface ProblemBody {
  type: string;
  title: string;
  status: number;
  code: string;
  detail: string;
  traceId: string;
  [member: string]: unknown;
}

const TITLES: Record<number, string> = {
  400: 'The request is not valid',
  401: 'Not authenticated',
  403: 'Not allowed',
  404: 'Not found',
  405: 'Method not allowed',
  409: 'Conflict with the present state',
  413: 'The body is too large',
  415: 'Unsupported media type',
  429: 'Too many requests',
  500: 'Internal error',
  503: 'Not available at present',
};

/** Titles of errors that callers meet most; the others are named by their status. */
const TITLE_OF_CODE: Record<string, string> = {
  'RESERVATION.SHORT': 'Not enough stock',
  'STOCK.NEGATIVE': 'Stock would become negative',
  'IDEMPOTENCY.KEY_REUSED': 'The key was used for another call',
  'FULFILMENT.STOPPED': 'The parcel must not leave',
  'FULFILMENT.STALE_REVISION': 'The fulfilment has changed',
  'AUTH.SCOPE': 'A right is missing',
};

const CODE_OF_STATUS: Record<number, string> = {
  400: 'VALIDATION',
  401: 'AUTH.INVALID_TOKEN',
  403: 'AUTH.SCOPE',
  404: 'NOT_FOUND',
  405: 'METHOD_NOT_ALLOWED',
  413: 'BODY_TOO_LARGE',
  415: 'UNSUPPORTED_MEDIA_TYPE',
  429: 'RATE_LIMITED',
};

/** SQLSTATEs of a text that PostgreSQL cannot hold, in a value or in JSON. */
const NOT_TEXT = new Set(['22021', '22P05']);
/** SQLSTATEs of a transaction that lost against others, after it was repeated. */
const COLLIDED = new Set(['40001', '40P01', '55P03']);

/** Details stand beside the members of the standard and can never replace one. */
function problem(status: number, code: string, detail: string, details: object = {}): ProblemBody {
  const type = `https://huidian.dev/errors/${code}`;
  return {
    ...details,
    type,
    title: TITLE_OF_CODE[code] ?? TITLES[status] ?? 'Error',
    status,
    code,
    detail,
    traceId: currentTraceId(),
  };
}

/** Turns any error into its problem body. Causes inside our system are logged, never shown. */
export function toProblem(error: unknown): ProblemBody {
  if (error instanceof AppError) {
    const status = httpStatusOf(error.code);
    if (status >= 500)
      log.error({ code: error.code, cause: String((error.cause as Error | undefined)?.message ?? '') }, error.message);
    return problem(status, error.code, error.message, error.details);
  }
  if (error instanceof HttpException)
    return problem(error.getStatus(), CODE_OF_STATUS[error.getStatus()] ?? 'INTERNAL', error.message);
  const status = (error as { statusCode?: unknown }).statusCode;
  if (typeof status === 'number' && status >= 400 && status < 500)
    return problem(status, CODE_OF_STATUS[status] ?? 'VALIDATION', (error as Error).message);
  if (isConnectionError(error)) {
    log.error({ cause: (error as Error).message }, 'the database is away');
    return problem(
      503,
      'DATABASE.UNAVAILABLE',
      'The database does not answer at present; nothing was changed. Try again.',
    );
  }
  const state = sqlStateOf(error);
  if (state !== undefined && NOT_TEXT.has(state))
    return problem(400, 'VALIDATION', 'A text of the request holds a NUL character, which is no text; take it out.');
  if (state !== undefined && COLLIDED.has(state)) {
    log.error({ sqlState: state }, 'a transaction collided again and again');
    return problem(
      503,
      'DATABASE.UNAVAILABLE',
      'The database is too busy with others at this moment; nothing was changed. Try again.',
    );
  }
  log.error({ sqlState: state, stack: (error as Error)?.stack ?? String(error) }, 'unexpected error');
  return problem(500, 'INTERNAL', 'An unexpected error happened; it was logged under this trace id.');
}

/** No body that anybody sends on purpose is nested deeper. */
const DEEPEST = 200;

/** True when a value is nested so deep that whatever walks through it runs out of stack; walks without recursion itself. */
function isTooDeep(value: unknown): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > DEEPEST) return true;
    level = level.flatMap((one) => (one !== null && typeof one === 'object' ? Object.values(one) : []));
  }
  return false;
}

/** The one place where errors become answers. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  catch(thrown: unknown, host: ArgumentsHost): void {
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const { body: sent } = host.switchToHttp().getRequest<{ body?: unknown }>();
    const error =
      thrown instanceof RangeError && isTooDeep(sent)
        ? new AppError('VALIDATION', `The body is nested deeper than ${DEEPEST} levels.`)
        : thrown;
    const body = toProblem(error);
    // Read to its end and thrown away: a connection that is closed while a body comes breaks before the answer is read.
    if (body.status === 413) void reply.removeHeader('connection');
    if (body.status === 503) void reply.header('retry-after', '1');
    if (body.status === 401) void reply.header('www-authenticate', 'Bearer');
    void reply.status(body.status).header('content-type', 'application/problem+json; charset=utf-8').send(body);
  }
}
