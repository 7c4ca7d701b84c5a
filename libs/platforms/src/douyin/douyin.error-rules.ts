import { BanScope, PlatformErrorKind, PlatformErrorReason } from '../port';

/** What a code means to a caller. */
export interface Rule {
  kind: PlatformErrorKind;
  reason?: PlatformErrorReason;
  banScope?: BanScope;
  retryAfterMs?: number;
  /** The write may have been carried out although this error came. */
  mayBeDone?: boolean;
}

export const RETRY: Rule = { kind: 'transient' };
export const MAY_BE_DONE: Rule = { kind: 'transient', mayBeDone: true };
export const BAD_REQUEST: Rule = { kind: 'rejected', reason: 'bad-request' };
export const STATE: Rule = { kind: 'rejected', reason: 'state' };
export const PERMISSION: Rule = { kind: 'rejected', reason: 'permission' };
export const CONFIGURATION: Rule = { kind: 'rejected', reason: 'configuration' };
export const CONFLICT: Rule = { kind: 'rejected', reason: 'conflict' };
export const LOCKED: Rule = { kind: 'rejected', reason: 'locked' };
export const UNSUPPORTED: Rule = { kind: 'rejected', reason: 'unsupported' };
export const DONE: Rule = { kind: 'already-done' };
export const MISSING: Rule = { kind: 'not-found' };
export const REAUTHORISE: Rule = { kind: 'reauthorise' };
/** Quotas are per shop and method; no answer says for how long (Douyin sheet §4.4). */
export const LIMITED: Rule = { kind: 'rate-limited', banScope: 'method', retryAfterMs: 1_000 };

/** A risk check holds a paid order back for one to two hours (Douyin sheet §4.3). */
export const IN_REVIEW: Rule = { kind: 'transient', retryAfterMs: 600_000 };
