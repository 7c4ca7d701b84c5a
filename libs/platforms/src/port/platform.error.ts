import { AppError } from '@app/shared';

/**
 * What a caller has to do:
 * - `rate-limited`: wait `retryAfterMs`, then repeat; nothing was done.
 * - `reauthorise`: pause the shop and ask its owner to authorise again.
 * - `transient`: repeat later; with `outcomeUnknown` a write may have been done, so read back first.
 * - `rejected`: never repeat unchanged; show the reason.
 * - `not-found`: the order, listing or parcel does not exist there.
 * - `already-done`: the wanted effect was there before; success once read-back confirms it.
 */
export type PlatformErrorKind =
  'rate-limited' | 'reauthorise' | 'transient' | 'rejected' | 'not-found' | 'already-done';

/** Why a call was refused for good, so that operation can tell a missing permission from a bad request. */
export type PlatformErrorReason =
  'permission' | 'configuration' | 'bad-request' | 'state' | 'conflict' | 'clock' | 'locked' | 'unsupported';

/** How far a ban reaches: everything of the app, everything of one shop, or one method of the app. */
export type BanScope = 'app' | 'shop' | 'method';

/** Facts beside the kind; all but `method` are optional. Holds no token, signature or receiver data. */
export interface PlatformErrorFacts {
  method: string;
  platform?: string;
  reason?: PlatformErrorReason;
  retryAfterMs?: number;
  banScope?: BanScope;
  /** True when a write may have been carried out although no answer came. */
  outcomeUnknown?: boolean;
  /** Error code exactly as the platform gave it. */
  platformCode?: string;
  platformSubCode?: string;
  requestId?: string;
  /** First bytes of an answer that could not be read, for the operator; never of a readable answer. */
  answerStart?: string;
}

const CODE_BY_KIND: Record<PlatformErrorKind, string> = {
  'rate-limited': 'PLATFORM.RATE_LIMITED',
  reauthorise: 'PLATFORM.REAUTHORISE',
  transient: 'PLATFORM.UNAVAILABLE',
  rejected: 'PLATFORM.REJECTED',
  'not-found': 'PLATFORM.NOT_FOUND',
  'already-done': 'PLATFORM.ALREADY_DONE',
};

/** Every failure that comes from a platform or from the way to it. */
export class PlatformError extends AppError {
  readonly kind: PlatformErrorKind;
  readonly facts: PlatformErrorFacts;

  constructor(kind: PlatformErrorKind, message: string, facts: PlatformErrorFacts) {
    super(CODE_BY_KIND[kind], message, { ...facts, kind });
    this.name = 'PlatformError';
    this.kind = kind;
    this.facts = facts;
  }

  /** Milliseconds to wait before the next try, when the platform said so. */
  get retryAfterMs(): number | undefined {
    return this.facts.retryAfterMs;
  }

  /** True when a write may have happened and must be read back before it is repeated. */
  get outcomeUnknown(): boolean {
    return this.facts.outcomeUnknown === true;
  }
}

/** Narrows an unknown failure to a platform's. */
export function isPlatformError(error: unknown): error is PlatformError {
  return error instanceof PlatformError;
}
