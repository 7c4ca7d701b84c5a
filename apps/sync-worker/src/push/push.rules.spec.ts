import { decide, judgeDrift, UNPAID_HOLDS_MS } from './push.rules';

const at = (text: string) => new Date(`2026-11-01T${text}Z`);

describe('decide', () => {
  const row = {
    wanted: 5,
    told: 9,
    shown: 9,
    retryAt: null,
    isPaused: false,
    pausedUntil: null,
    pauseReason: null,
  };

  it('lets a lower number go at once and a higher one wait for the pull', () => {
    const late = { lagMs: 60_000, boundMs: 15_000 };
    expect(decide(row, late, at('10:00:00'))).toEqual({ kind: 'tell' });
    expect(decide({ ...row, wanted: 12 }, late, at('10:00:00'))).toMatchObject({ kind: 'wait' });
    expect(decide({ ...row, wanted: 12 }, { ...late, lagMs: 1_000 }, at('10:00:00'))).toEqual({ kind: 'tell' });
  });

  it('tells nothing of a paused listing, and says until when and why', () => {
    const paused = { ...row, isPaused: true, pausedUntil: at('20:00:00'), pauseReason: 'campaign' };
    expect(decide(paused, { lagMs: 0, boundMs: 15_000 }, at('10:00:00'))).toMatchObject({
      kind: 'wait',
      reason: 'paused until 2026-11-01T20:00:00.000Z: campaign',
    });
  });
});

describe('judgeDrift', () => {
  const row = {
    wanted: 9,
    shown: 50,
    toldAt: at('10:00:00'),
    shownAt: at('10:01:00'),
    driftSince: at('10:01:00'),
    deductsOn: 'pay' as const,
  };
  const pull = { completeTo: at('10:02:00') };
  const clock = { story: at('10:02:00'), rate: 1 };

  it('repairs a number that is too high once the pull is complete past the reading', () => {
    expect(judgeDrift(row, pull, clock)).toEqual({
      kind: 'repair',
      reason: 'the platform showed 50 at 2026-11-01T10:01:00.000Z, the rule gives 9',
    });
  });

  it.each([
    [{ completeTo: at('10:00:59') }, {}, 'orders are not pulled past the reading yet'],
    [{ completeTo: undefined }, {}, 'orders are not pulled past the reading yet'],
    [pull, { toldAt: at('10:00:58') }, 'it was read too soon after it was told'],
    [pull, { shownAt: at('10:01:58') }, 'what was sold is still on its way'],
  ])('waits with %j and %j: %s', (pulled, change, reason) => {
    expect(judgeDrift({ ...row, ...change }, pulled, clock)).toEqual({ kind: 'wait', reason });
  });

  it('raises a number only when a second reading shows it too', () => {
    const low = { ...row, shown: 3 };
    expect(judgeDrift(low, pull, clock)).toEqual({ kind: 'wait', reason: 'a second reading has to show it' });
    expect(judgeDrift({ ...low, driftSince: at('10:00:30') }, pull, clock)).toMatchObject({ kind: 'repair' });
  });

  it('raises no number while unpaid orders may hold the units', () => {
    const low = { ...row, shown: 3, deductsOn: 'order' as const, driftSince: at('10:00:30') };
    expect(judgeDrift(low, pull, clock)).toEqual({ kind: 'wait', reason: 'unpaid orders may hold the units' });
    const old = { ...low, driftSince: new Date(low.shownAt.getTime() - UNPAID_HOLDS_MS), toldAt: at('00:00:00') };
    expect(judgeDrift(old, pull, clock)).toMatchObject({ kind: 'repair' });
  });

  it('finds nothing where the platform shows what the rule gives, or nothing was read since', () => {
    expect(judgeDrift({ ...row, shown: 9 }, pull, clock)).toBeUndefined();
    expect(judgeDrift({ ...row, driftSince: null }, pull, clock)).toBeUndefined();
  });

  it('measures settling in real time, however fast the story runs', () => {
    expect(judgeDrift(row, { completeTo: at('10:10:00') }, { story: at('10:10:00'), rate: 600 })).toMatchObject({
      kind: 'wait',
    });
  });
});
