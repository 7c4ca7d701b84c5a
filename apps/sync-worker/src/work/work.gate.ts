import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { inStatement, Turnstile, WIRE_CLOCK, type WireClock } from '@app/shared';
import type { Work, WorkRef } from './work.kinds';
import { WorkRepository } from './work.repository';

/** A killed process's work is taken over after this long; well above any pause of a live process. */
export const CLAIM_MS = 15_000;
/** Rows claimed or ended by one statement at most. */
const MOST_AT_ONCE = 64;

/** Lets rows of one company and one kind be claimed, and be ended, together. */
@Injectable()
export class WorkGate {
  private readonly claims = new Turnstile<WorkRef, Work | undefined>((refs) => this.claimAll(refs), atMost);
  private readonly ends = new Turnstile<Work, void>((works) => this.finishAll(works), atMost);

  constructor(
    private readonly dataSource: DataSource,
    private readonly repository: WorkRepository,
    @Inject(WIRE_CLOCK) private readonly wire: WireClock,
  ) {}

  /** The row, claimed for one run; undefined when it is done, dead, not due, or in other hands. */
  claim(ref: WorkRef): Promise<Work | undefined> {
    return this.claims.enter(`${ref.companyId}/${ref.kind}`, ref);
  }

  /** Ends a run that went well. */
  finish(work: Work): Promise<void> {
    return this.ends.enter(`${work.companyId}/${work.kind}`, work);
  }

  private async claimAll(refs: readonly WorkRef[]): Promise<(Work | undefined)[]> {
    const subjects = [...new Set(refs.map(({ subject }) => subject))];
    const now = this.wire.date();
    const works = await inStatement(this.dataSource, (tx) =>
      this.repository.claim(tx, refs[0]!, subjects, now, new Date(now.getTime() + CLAIM_MS)),
    );
    const free = new Map(works.map((work) => [work.subject, work]));
    return refs.map(({ subject }) => {
      const work = free.get(subject);
      // A row that two references name is for the first of them alone.
      free.delete(subject);
      return work;
    });
  }

  private async finishAll(works: readonly Work[]): Promise<void[]> {
    await inStatement(this.dataSource, (tx) => this.repository.finish(tx, works, this.wire.date()));
    return works.map(() => undefined);
  }
}

function atMost(items: readonly unknown[]): number {
  return Math.min(items.length, MOST_AT_ONCE);
}
