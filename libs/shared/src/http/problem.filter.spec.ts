import type { ArgumentsHost } from '@nestjs/common';
import { ProblemFilter } from './problem.filter';

/** What a caller reads when a request with a body ends in an error. */
function answerTo(error: unknown, body: unknown = {}): { status: number; code: string; removed: string[] } {
  const seen = { status: 0, code: '', removed: [] as string[] };
  const reply = {
    header: () => reply,
    removeHeader: (name: string) => (seen.removed.push(name), reply),
    status: (status: number) => ((seen.status = status), reply),
    send: (problem: { code: string }) => ((seen.code = problem.code), reply),
  };
  const http = { getResponse: () => reply, getRequest: () => ({ body }) };
  new ProblemFilter().catch(error, { switchToHttp: () => http } as unknown as ArgumentsHost);
  return seen;
}

const nested = (levels: number): unknown => JSON.parse('['.repeat(levels) + ']'.repeat(levels));
const overflow = new RangeError('Maximum call stack size exceeded');
const sqlError = (code: string) => Object.assign(new Error('refused'), { driverError: { code } });

describe('errors as answers', () => {
  it('calls a body that no walk survives the caller’s mistake, and every other overflow ours', () => {
    expect(answerTo(overflow, nested(10_000))).toMatchObject({ status: 400, code: 'VALIDATION' });
    expect(answerTo(overflow, { lines: nested(5_000) })).toMatchObject({ status: 400, code: 'VALIDATION' });
    expect(answerTo(overflow, nested(50))).toMatchObject({ status: 500, code: 'INTERNAL' });
  });

  it.each(['22021', '22P05'])('calls a text that PostgreSQL cannot hold (%s) the caller’s mistake', (state) => {
    expect(answerTo(sqlError(state))).toMatchObject({ status: 400, code: 'VALIDATION' });
  });

  it.each(['40001', '40P01', '55P03'])('asks to try again when a transaction lost against others (%s)', (state) => {
    expect(answerTo(sqlError(state))).toMatchObject({ status: 503, code: 'DATABASE.UNAVAILABLE' });
  });

  it('keeps the connection of a body that is too large, so that its answer can be read', () => {
    const tooLarge = Object.assign(new Error('too large'), { statusCode: 413 });
    expect(answerTo(tooLarge)).toMatchObject({ status: 413, code: 'BODY_TOO_LARGE', removed: ['connection'] });
  });
});
