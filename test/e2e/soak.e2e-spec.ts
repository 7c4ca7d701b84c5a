import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Check } from '../soak/check/check';
import { Soak } from '../soak/soak';
import { SHORT_RUN } from '../soak/soak.options';
import { tableOf, type SoakReport } from '../soak/soak.report';

/** The short form of `npm run soak`: the same program, 500 orders over three story days, every service killed once. */
describe('some story weeks survived', () => {
  const dir = mkdtempSync(join(tmpdir(), 'huidian-soak-'));
  let report: SoakReport;

  beforeAll(async () => {
    const lines: string[] = [];
    try {
      report = await new Soak({ ...SHORT_RUN, dir }, (line) => lines.push(line)).run();
    } catch (error) {
      throw new Error(`The run in ${dir} did not come to its end:\n${lines.join('\n')}`, { cause: error });
    }
  }, 600_000);

  afterAll(() => {
    if (report?.isGreen) rmSync(dir, { recursive: true, force: true });
  });

  const check = (name: RegExp): Check => {
    const found = report.checks.find((one) => name.test(one.name));
    if (!found) throw new Error(`No check is named ${name}.`);
    return found;
  };
  /** What nothing explains; a check of nothing proves nothing. */
  const unexplainedOf = (name: RegExp): string[] => {
    const { checked, unexplained } = check(name);
    return checked === 0 ? ['nothing was checked'] : unexplained;
  };

  it('[A24] every kind of fault was injected, and no call was answered 500', () => {
    const never = Object.entries(report.injected).filter(([, count]) => count === 0);
    expect([never, report.broken]).toEqual([[], []]);
    expect(report.injected).toMatchObject({ 'redis-flush': 1, 'postgres-restart': 1, 'kill orders': 1 });
  });

  it('[O1] every order of the platform is stored once, with the state, lines and amounts that it truly has', () => {
    expect(unexplainedOf(/^every order once/)).toEqual([]);
    expect(report.placed).toBeGreaterThan(490);
  });

  it('[O1] every after-sale equals the truth, and no line got back more than was paid for it', () => {
    expect(unexplainedOf(/^every after-sale/)).toEqual([]);
  });

  it('[O1] completeness shows no open gap', () => {
    expect(unexplainedOf(/^completeness/)).toEqual([]);
  });

  it('[O49] no departure was granted after a closing or refund request was committed, and what left before was known soon', () => {
    expect(unexplainedOf(/^no departure/)).toEqual([]);
    expect(check(/^what left before/).unexplained).toEqual([]);
  });

  it('[I18] exactly one stock-out per shipped piece, and levels add up to the piece', () => {
    expect(unexplainedOf(/^exactly one stock-out/)).toEqual([]);
  });

  it('[S1] every bill row is booked once, and every planted difference is found in its class', () => {
    expect(unexplainedOf(/^every bill row/)).toEqual([]);
    expect(unexplainedOf(/^every planted difference/)).toEqual([]);
  });

  it('[A24] nothing is left open, nothing is a dead letter, and every invariant holds', () => {
    expect(unexplainedOf(/^nothing is left open/)).toEqual([]);
    expect(unexplainedOf(/^verify/)).toEqual([]);
    expect(check(/^dead letters/).figures).not.toHaveProperty('dead letters');
    expect(tableOf(report)).toContain('\ngreen\n');
  });
});
