import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { inTransaction, isDataError, sqlStateOf, type Tx } from '../db/transaction';
import { AppError } from '../errors/app-error';
import { ServiceHttp } from '../http/service-http';
import { newId } from '../ids/ids';
import { createLogger } from '../logging/logger';
import { factItems } from '../metrics/metrics';
import type { ServiceOptions } from '../service-options';
import { killPoint } from '../testing/kill-point';
import type { WireClock } from '../time/wire-clock';
import { SERVICE_OPTIONS, WIRE_CLOCK } from '../tokens';
import { check } from '../validation/schema';
import type { FactContext, FactDefinition, FactEnvelope, FactHandler, FetchItem } from './fact';
import { FactRegistry } from './fact.registry';
import { InboxRepository, type ParkRequest } from './inbox.repository';

const log = createLogger('facts');
const FETCH_TIMEOUT_MS = 30_000;

/** An item with the fact that brought it. */
interface ReceivedItem {
  envelope: FactEnvelope;
  no: number;
  item: Record<string, unknown>;
}

/** Applies facts: each item once, newest version only, and one bad item never stops the others. */
@Injectable()
export class FactConsumer {
  constructor(
    private readonly dataSource: DataSource,
    private readonly inbox: InboxRepository,
    private readonly registry: FactRegistry,
    @Inject(SERVICE_OPTIONS) private readonly options: ServiceOptions,
    @Inject(WIRE_CLOCK) private readonly wire: WireClock,
    private readonly http: ServiceHttp,
  ) {}

  /**
   * Applies facts of one company and one kind in one transaction; returns when all of their items are applied, known to
   * be old, or parked. Throws FACT.NO_HANDLER, a database or network error, or the handler's own bug: the jobs are then
   * tried again.
   */
  async consume(...envelopes: readonly FactEnvelope[]): Promise<void> {
    const { companyId, name, eventId } = envelopes[0]!;
    const known = this.registry.handlerOf(name);
    if (!known)
      throw new AppError('FACT.NO_HANDLER', `${this.options.service} has no handler for ${name} (${eventId}).`);
    const good: ReceivedItem[] = [];
    const bad: ParkRequest[] = [];
    for (const envelope of envelopes) {
      const raw = JSON.parse(envelope.items) as unknown[];
      for (const [no, item] of raw.entries()) {
        const whole = await this.resolve(known.handler, item, envelope);
        const checked = check(known.fact.schema, whole);
        if (checked.ok) good.push({ envelope, no, item: whole as Record<string, unknown> });
        else
          bad.push(this.parking(envelope, no, whole, 'The item does not fit the schema of its fact.', checked.errors));
      }
    }
    if (bad.length > 0) await this.park(companyId, name, bad);
    if (good.length > 0) await this.applyOrBisect(known.fact, known.handler, good);
  }

  /** Applies one parked item of a fact again; without effect when a newer version was applied meanwhile. */
  async replay(companyId: string, name: string, eventId: string, payload: string): Promise<void> {
    const known = this.registry.handlerOf(name);
    if (!known) throw new AppError('FACT.NO_HANDLER', `${this.options.service} has no handler for ${name}.`);
    const item: unknown = JSON.parse(payload);
    const checked = check(known.fact.schema, item);
    if (!checked.ok)
      throw new AppError('PARKED_ITEM.STILL_WRONG', 'The item still does not fit the schema of its fact.', {
        errors: checked.errors,
      });
    const now = this.wire.date();
    const context: FactContext = { companyId, name, occurredAt: () => now };
    await inTransaction(this.dataSource, (tx) =>
      this.applyFresh(tx, known.fact, known.handler, context, [item as Record<string, unknown>]),
    );
  }

  /** An item too large to travel is read by its handler where that wants a newer one, else from its producer's outbox. */
  private async resolve(handler: FactHandler, item: unknown, envelope: FactEnvelope): Promise<unknown> {
    if ((item as FetchItem | null)?.fetch !== true) return item;
    if (handler.fetch) return handler.fetch(item as FetchItem, contextOf([{ envelope, item }]));
    const { producer, companyId, eventId } = envelope;
    const url = this.http.at(producer, `/v1/outbox/${encodeURIComponent(eventId)}`);
    const { items } = await this.http.get<{ items: unknown[] }>(url, { companyId, timeoutMs: FETCH_TIMEOUT_MS });
    return items[0];
  }

  private async applyOrBisect(fact: FactDefinition, handler: FactHandler, items: ReceivedItem[]): Promise<void> {
    const context = contextOf(items);
    try {
      await inTransaction(this.dataSource, async (tx) => {
        const unseen = await this.unseen(tx, context.companyId, items, ({ envelope, no }) => [envelope.eventId, no]);
        factItems.inc(
          { service: this.options.service, fact: fact.name, outcome: 'repeated' },
          items.length - unseen.length,
        );
        const fresh = unseen.map(({ item }) => item);
        if (fresh.length > 0) await this.applyFresh(tx, fact, handler, context, fresh);
        killPoint('consumer.before-commit');
      });
      killPoint('consumer.after-commit');
    } catch (error) {
      if (!isDataError(error)) throw error;
      const [only, ...more] = items;
      if (only && more.length === 0) {
        const cause = `${sqlStateOf(error)}: ${String((error as Error).message)}`;
        await this.park(context.companyId, fact.name, [this.parking(only.envelope, only.no, only.item, cause)]);
        return;
      }
      const middle = Math.ceil(items.length / 2);
      await this.applyOrBisect(fact, handler, items.slice(0, middle));
      await this.applyOrBisect(fact, handler, items.slice(middle));
    }
  }

  /** Remembers what came; answers with what had not come before. */
  private async unseen<T>(
    tx: Tx,
    companyId: string,
    items: readonly T[],
    keyOf: (item: T) => [eventId: string, itemNo: number],
  ): Promise<T[]> {
    const asked = items.map((item) => keyOf(item)).map(([eventId, itemNo]) => ({ eventId, itemNo }));
    const fresh = await this.inbox.remember(tx, companyId, this.options.service, asked, this.wire.date());
    const keys = new Set(fresh.map(({ eventId, itemNo }) => `${eventId}/${itemNo}`));
    return items.filter((item) => keys.has(keyOf(item).join('/')));
  }

  private async applyFresh(
    tx: Tx,
    fact: FactDefinition,
    handler: FactHandler,
    context: FactContext,
    items: readonly Record<string, unknown>[],
  ): Promise<void> {
    const newest = new Map<string, { version: number; item: unknown }>();
    for (const item of items) {
      const subject = String(item[fact.subjectField]);
      const version = Number(item[fact.versionField]);
      if (version > (newest.get(subject)?.version ?? -Infinity)) newest.set(subject, { version, item });
    }
    const versions = new Map([...newest].map(([subject, { version }]) => [subject, version]));
    const raised = await this.inbox.raiseVersions(tx, context.companyId, fact.subjectKind, versions);
    const apply = [...newest].filter(([subject]) => raised.has(subject)).map(([, { item }]) => item);
    factItems.inc({ service: this.options.service, fact: fact.name, outcome: 'stale' }, items.length - apply.length);
    if (apply.length === 0) return;
    await handler.apply(tx, apply, context);
    factItems.inc({ service: this.options.service, fact: fact.name, outcome: 'applied' }, apply.length);
  }

  private parking(
    envelope: FactEnvelope,
    no: number,
    item: unknown,
    cause: string,
    fields?: ParkRequest['fields'],
  ): ParkRequest {
    return {
      id: newId('prk'),
      source: `fact:${envelope.name}`,
      reference: envelope.eventId,
      itemNo: no,
      cause,
      fields,
      payload: JSON.stringify(item),
      at: this.wire.date(),
    };
  }

  /** Parks items and remembers them in the inbox in one transaction, so a repeat of the fact does not park them again. */
  private async park(companyId: string, fact: string, requests: ParkRequest[]): Promise<void> {
    await inTransaction(this.dataSource, async (tx) => {
      const unseen = await this.unseen(tx, companyId, requests, ({ reference, itemNo }) => [reference, itemNo]);
      if (unseen.length === 0) return;
      await this.inbox.park(tx, companyId, unseen);
      factItems.inc({ service: this.options.service, fact, outcome: 'parked' }, unseen.length);
      log.warn(
        {
          fact,
          items: unseen.map(({ reference, itemNo }) => `${reference}/${itemNo}`),
          cause: unseen[0]!.cause,
        },
        'items of a fact were parked; see GET /v1/parked-items',
      );
    });
  }
}

function contextOf(items: readonly { envelope: FactEnvelope; item: unknown }[]): FactContext {
  const { companyId, name } = items[0]!.envelope;
  const envelopes = new Map(items.map(({ item, envelope }) => [item, envelope]));
  return { companyId, name, occurredAt: (item) => new Date(envelopes.get(item)!.occurredAt) };
}
