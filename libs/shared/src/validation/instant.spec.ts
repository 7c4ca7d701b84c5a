import 'reflect-metadata';
import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import { IsInstant } from './instant';

class Query {
  @IsInstant()
  from!: string;
}

const judge = (from: unknown) => {
  const query = plainToInstance(Query, { from });
  const [error] = validateSync(query);
  return error ? Object.values(error.constraints!)[0] : query.from;
};

describe('a time of a request', () => {
  it.each(['2026-11-01T00:00:00+08:00', '2026-11-01T00:00Z', '2026-11-01T00:00:00.123456-05:30'])(
    'may be %s',
    (text) => {
      expect(judge(text)).toBe(text);
    },
  );

  it('is understood from a query whose plus came as a space', () => {
    expect(judge('2026-11-01T00:00:00 08:00')).toBe('2026-11-01T00:00:00+08:00');
  });

  it.each(['2026-11-01', '2026-11-01T00:00:00', '2026-02-30T00:00:00Z', 'now', '', 1730390400, null])(
    'may not be %s, and the message shows one that may',
    (text) => {
      expect(judge(text)).toBe('from must be a time with its offset, such as 2026-11-01T00:00:00+08:00');
    },
  );
});
