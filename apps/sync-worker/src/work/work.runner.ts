import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import {
  createLogger,
  currentTraceId,
  inStatement,
  inTransaction,
  killPoint,
  newId,
  withTrace,
  WIRE_CLOCK,
  type WireClock,
} from '@app/shared';
import { AlarmService } from '../alarm/alarm.service';
import { CLAIM_MS, WorkGate } from './work.gate';
import { WorkHandlers } from './work.handlers';
import type { QueuedWork, TogetherOutcomes, Work, WorkKind, WorkOutcome, WorkRef } from './work.kinds';
import { WorkRepository } from './work.repository';
import { backOffMs, isOver, judge } from './work.rules';

const log = createLogger('work');
const EXTEND_EVERY_MS = 5_000;
/** A shop without a token is looked at again by its state; this only bounds how often the row is asked about. */
const UNAUTHORISED_MS = 5_000;
/** The outside is tried on for as long as it takes; from here on somebody should know. */
const ALARM_AFTER_TRIES = 6;

/** Runs one row of work: claims it, keeps the claim, and writes down how it ended. */
@Injectable()
export class WorkRunner {
  constructor(
    private readonly dataSource: DataSource,
    private readonly repository: WorkRepository,
    private readonly gate: WorkGate,
    private readonly handlers: WorkHandlers,
    private readonly alarms: AlarmService,
    @Inject(WIRE_CLOCK) private readonly wire: WireClock,
  ) {}

  /** Resolves with false when there was nothing to do: done, not due, or in other hands. Never throws for a failed run. */
  async run(ref: QueuedWork, stop?: AbortSignal): Promise<boolean> {
    if (ref.more) return this.runTogether(ref, [ref.subject, ...ref.more], stop);
    const work = await this.gate.claim(ref);
    if (!work) return false;
    await withTrace({ traceId: currentTraceId(), companyId: work.companyId }, () => this.runClaimed(work, stop));
    return true;
  }

  private async runTogether(ref: WorkRef, subjects: string[], stop?: AbortSignal): Promise<boolean> {
    const works = await inStatement(this.dataSource, (tx) =>
      this.repository.claim(tx, ref, subjects, this.wire.date(), this.inMs(CLAIM_MS)),
    );
    if (works.length === 0) return false;
    await withTrace({ traceId: currentTraceId(), companyId: ref.companyId }, () =>
      this.runClaimedTogether(ref.kind, works, stop),
    );
    return true;
  }

  private async runClaimedTogether(kind: WorkKind, works: readonly Work[], stop?: AbortSignal): Promise<void> {
    // A claim that is lost meanwhile makes the end of its own row void, and nothing else.
    const timer = setInterval(() => {
      for (const work of works) void this.keep(work);
    }, EXTEND_EVERY_MS);
    try {
      const outcomes = await this.handlers.of(kind).runTogether!(works, stop);
      killPoint(`work.${kind}.before-finish`);
      await this.endedTogether(works, outcomes);
    } finally {
      clearInterval(timer);
    }
  }

  /** Each row ends as if it had run alone. */
  private async endedTogether(works: readonly Work[], outcomes: TogetherOutcomes): Promise<void> {
    const isPlain = (work: Work) => outcomes.get(work.subject)?.kind === 'done' && work.lastError === null;
    const plain = works.filter(isPlain);
    if (plain.length > 0)
      await inStatement(this.dataSource, (tx) => this.repository.finish(tx, plain, this.wire.date()));
    for (const work of works.filter((one) => !isPlain(one))) {
      const outcome = outcomes.get(work.subject);
      if (!outcome || outcome.kind === 'threw')
        await this.failed(work, outcome?.error ?? new Error('The run did not say how it ended.'));
      else await this.ended(work, outcome);
    }
  }

  private async runClaimed(work: Work, stop?: AbortSignal): Promise<void> {
    const lost = new AbortController();
    const signal = stop ? AbortSignal.any([stop, lost.signal]) : lost.signal;
    const timer = setInterval(() => void this.keep(work, lost), EXTEND_EVERY_MS);
    try {
      const outcome = await this.handlers.of(work.kind).run(work, signal);
      killPoint(`work.${work.kind}.before-finish`);
      await this.ended(work, outcome);
    } catch (error) {
      await this.failed(work, error);
    } finally {
      clearInterval(timer);
    }
  }

  private async keep(work: Work, lost?: AbortController): Promise<void> {
    try {
      const kept = await inStatement(this.dataSource, (tx) => this.repository.extend(tx, work, this.inMs(CLAIM_MS)));
      if (kept === 0) lost?.abort();
    } catch (error) {
      log.warn(
        { kind: work.kind, subject: work.subject, cause: (error as Error).message },
        'a claim could not be lengthened',
      );
    }
  }

  private async ended(work: Work, outcome: WorkOutcome): Promise<void> {
    // An alarm about this work is open only when a run before failed, so that most runs end with one statement.
    if (outcome.kind === 'done' && work.lastError === null) return this.gate.finish(work);
    await inTransaction(this.dataSource, async (tx) => {
      if (outcome.kind === 'done') {
        await this.repository.finish(tx, [work], this.wire.date());
        if (work.tries > ALARM_AFTER_TRIES)
          await this.alarms.settle(tx, work.companyId, ['PLATFORM_REFUSES'], work.shopId);
        await this.alarms.settle(tx, work.companyId, ['WORK_FAILED'], subjectOf(work));
      } else {
        await this.repository.later(tx, work, {
          dueAt: this.inMs(outcome.afterMs),
          tries: work.tries - 1,
          failures: work.failures,
          lastError: outcome.reason,
        });
      }
    });
  }

  private async failed(work: Work, error: unknown): Promise<void> {
    const verdict = judge(error);
    const cause = String((error as Error)?.message ?? error).slice(0, 1_000);
    if (verdict.kind === 'wait') return this.postpone(work, verdict.ms, cause, work.tries - 1, work.failures);
    if (verdict.kind === 'unauthorised')
      return this.postpone(work, UNAUTHORISED_MS, cause, work.tries - 1, work.failures);
    log.warn(
      { kind: work.kind, subject: work.subject, shopId: work.shopId, tries: work.tries, cause, verdict: verdict.kind },
      'work failed',
    );
    const failures = verdict.kind === 'failure' ? work.failures + 1 : work.failures;
    if (verdict.kind === 'failure' && isOver(work, failures, error, this.wire.date()))
      return this.giveUp(work, cause, failures);
    await this.postpone(work, backOffMs(work.tries), cause, work.tries, failures);
    if (verdict.kind === 'outside' && work.tries === ALARM_AFTER_TRIES) await this.tell(work, cause);
  }

  private async postpone(work: Work, ms: number, lastError: string, tries: number, failures: number): Promise<void> {
    await inStatement(this.dataSource, (tx) =>
      this.repository.later(tx, work, { dueAt: this.inMs(ms), tries: Math.max(0, tries), failures, lastError }),
    );
  }

  private async giveUp(work: Work, cause: string, failures: number): Promise<void> {
    log.error(
      { kind: work.kind, subject: work.subject, shopId: work.shopId, cause },
      'work became a dead letter; see GET /sync/v1/failed-jobs',
    );
    await inTransaction(this.dataSource, async (tx) => {
      await this.repository.die(tx, work, newId('job'), cause, this.wire.date());
      await this.handlers.of(work.kind).gaveUp?.(tx, work, cause);
      await this.alarms.raise(tx, work.companyId, {
        kind: 'WORK_FAILED',
        subject: subjectOf(work),
        shopId: work.shopId,
        message: `${work.kind} ${work.subject} failed ${failures} times: ${cause}`,
        advice: 'See GET /sync/v1/failed-jobs; mend the cause and replay it there.',
      });
    });
  }

  private async tell(work: Work, cause: string): Promise<void> {
    await inTransaction(this.dataSource, (tx) =>
      this.alarms.raise(tx, work.companyId, {
        kind: 'PLATFORM_REFUSES',
        subject: work.shopId,
        shopId: work.shopId,
        message: `${work.kind} ${work.subject} has failed ${work.tries} times: ${cause}`,
        advice: 'It is tried on by itself, every five minutes at most. Check the network and the platform’s notices.',
      }),
    );
  }

  private inMs(ms: number): Date {
    return new Date(this.wire.now() + ms);
  }
}

function subjectOf(work: Work): string {
  return `${work.kind}/${work.subject}`;
}
