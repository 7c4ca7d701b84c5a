import type { PlatformErrorKind } from './platform.error';

/** An answer of a platform, word for word. */
export interface ScriptedAnswer {
  body: string | Buffer;
  status?: number;
  headers?: Readonly<Record<string, string>>;
}

/** An order of the conformance suite's little story. */
export interface ScriptedOrder {
  platformOrderNo: string;
  createdAtMs: number;
  modifiedAtMs: number;
  shippedWith?: { carrier: string; waybillNo: string };
}

/** What the folder's scripted server serves in its own wire form. */
export interface ScriptedStory {
  orders(): readonly ScriptedOrder[];
  /** Called after each list page that was served, so that rows can move in between. */
  onPageServed(): void;
  /** What becomes of a ship notice; `answer-lost` means that it is done and the answer never arrives. */
  onShip(
    platformOrderNo: string,
    parcel: { carrier: string; waybillNo: string },
  ): 'accepted' | 'already-shipped' | 'answer-lost';
  /** What becomes of a label's number that is given back. */
  onCancelWaybill(waybillNo: string): 'cancelled' | 'gone' | 'refused';
}

/** What the details of a kit must show between them, so that no folder forgets one. */
export const DETAIL_CASES = [
  /** A code of state that no table knows. */
  'unknown-status',
  /** Fields that no sheet names. */
  'unknown-fields',
  /** Ids of 19 digits, as numbers where the platform writes numbers. */
  'long-ids',
  /** An emoji in the buyer's words. */
  'emoji',
  /** Half of a surrogate pair in the buyer's words, which no database stores. */
  'lone-surrogate',
  /** Placed in the last second of a month in Asia/Shanghai. */
  'month-end',
  /** Amounts that do not add up. */
  'wrong-sum',
] as const;
/** One of DETAIL_CASES. */
export type DetailCase = (typeof DETAIL_CASES)[number];

/** One request as the scripted server got it. */
export interface ScriptedRequest {
  path: string;
  query: URLSearchParams;
  headers: Readonly<Record<string, string | undefined>>;
  body: string;
}

/**
 * What a platform folder exports as `conformanceKit` from `<folder>/conformance.kit.ts`: its own fixtures in its own
 * wire form, so that one suite can judge every folder.
 */
export interface ConformanceKit {
  /** Environment that points the folder at a server on this address. */
  env(baseUrl: string): Record<string, string>;
  /** Recorded signing vectors and the folder's signer. */
  signs: readonly { title: string; secret: string; params: Record<string, string>; sign: string }[];
  sign(params: Record<string, string>, secret: string): string;
  /** Answers with the error kind that they must become. */
  errors: readonly { title: string; answer: ScriptedAnswer; kind: PlatformErrorKind }[];
  /** Detail answers with the sums that the mapper must find. */
  details: readonly {
    title: string;
    answer: ScriptedAnswer;
    platformOrderNo: string;
    platformState: string;
    payableFen: number;
    lineCount: number;
    /** The amounts add up; false for fixtures that are wrong on purpose. */
    isConsistent: boolean;
    /** Which cases this fixture shows; a `month-end` one was placed at 2026-10-31T23:59:59+08:00. */
    covers?: readonly DetailCase[];
  }[];
  /** Speaks the platform's wire form over the story. */
  server(story: ScriptedStory): (request: ScriptedRequest) => ScriptedAnswer | 'drop-connection';
  /**
   * The refusal of a request whose clock is off, and the clock of a request. Absent where the platform states no such
   * refusal.
   */
  clock?: { refusal: ScriptedAnswer; timestampOf(request: ScriptedRequest): number };
  /** Span of a list request over changed orders or over the census; undefined for any other request. */
  spanOf(request: ScriptedRequest): { list: 'changed' | 'census'; seconds: number } | undefined;
  /**
   * Reads the changed orders of a window as somebody would who never met the platform: first page to last while rows
   * move. Absent where the platform pages by a cursor that cannot slip.
   */
  naive?(ask: (request: ScriptedRequest) => ScriptedAnswer, window: { fromMs: number; toMs: number }): string[];
}
