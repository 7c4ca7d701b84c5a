import type { Static, TSchema } from '@sinclair/typebox';
import type { ServiceName } from '../config/service.config';

/**
 * A kind of fact: something that happened to a subject of its owner. Items carry the subject's version and its whole
 * needed state, so consumers may receive them in any order and any number of times.
 */
export interface FactDefinition<S extends TSchema = TSchema> {
  /** Owner first, past tense: `order.paid`. */
  name: string;
  producer: ServiceName;
  consumers: readonly ServiceName[];
  /** Facts of one kind share one row of versions: all `order.*` facts tell of `order`. */
  subjectKind: string;
  /** Member of the item that names the subject, and the one that holds its version. */
  subjectField: string;
  versionField: string;
  /** Schema of one item. */
  schema: S;
}

/** An item of a fact, as its schema says. */
export type FactItem<F extends FactDefinition> = Static<F['schema']>;

/** Declares a fact; the type keeps the item's schema. */
export function defineFact<S extends TSchema>(definition: FactDefinition<S>): FactDefinition<S> {
  return definition;
}

/** A fact as it travels: one outbox row. */
export interface FactEnvelope {
  companyId: string;
  eventId: string;
  name: string;
  producer: ServiceName;
  traceId: string;
  /** Story time, ISO 8601. */
  occurredAt: string;
  /** JSON text of 1..500 items. */
  items: string;
}

/** What a handler is told beside the items, which may come from several facts of one kind. */
export interface FactContext {
  companyId: string;
  name: string;
  /** When the fact of an item happened, story time. */
  occurredAt(item: unknown): Date;
}

/** An item too large to travel: its consumer reads that version or a newer one from the owner. */
export interface FetchItem {
  fetch: true;
  [member: string]: unknown;
}

/** Applies items of facts inside one transaction. It is never given an item that is not newer than what was applied. */
export interface FactHandler {
  apply(tx: import('../db/transaction').Tx, items: unknown[], context: FactContext): Promise<void>;
  /** Reads an item that was too large to travel from its owner. */
  fetch?(item: FetchItem, context: FactContext): Promise<unknown>;
}
