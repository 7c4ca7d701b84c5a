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
}

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
  }[];
  /** Speaks the platform's wire form over the story. */
  server(story: ScriptedStory): (request: ScriptedRequest) => ScriptedAnswer | 'drop-connection';
}
