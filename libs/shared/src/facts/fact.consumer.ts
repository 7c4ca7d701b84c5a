import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { inTransaction, isDataError, sqlStateOf, type Tx } from '../db/transaction';
import type { ServiceName } from '../config/service.config';
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

interface NumberedItem {
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
   * Applies a fact and returns when all of its items are applied, known to be old, or parked.
   * Throws FACT.NO_HANDLER, a database or network error, or the handler's own bug: the job is then tried again.
   */
  async consume(envelope: FactEnvelope): Promise<void> {
    const known = this.registry.handlerOf(envelope.name);
    if (!known)
      throw new AppError(
        'FACT.NO_HANDLER',
        `${this.options.service} has no handler for ${envelope.name} (${envelope.eventId}).`,
      );
    const context: FactContext = {
      companyId: envelope.companyId,
      eventId: envelope.eventId,
      name: envelope.name,
      occurredAt: new Date(envelope.occurredAt),
    };
    const good: NumberedItem[] = [];
    const bad: ParkRequest[] = [];
    const raw = JSON.parse(envelope.items) as unknown[];
    for (const [no, item] of raw.entries()) {
      const whole = await this.resolve(known.handler, item, context, envelope.producer);
      const checked = check(known.fact.schema, whole);
      if (checked.ok) good.push({ no, item: whole as Record<string, unknown> });
      else bad.push(this.parking(envelope, no, whole, 'The item does not fit the schema of its fact.', checked.errors));
    }
    if (bad.length > 0) await this.park(envelope, bad);
    if (good.length > 0) await this.applyOrBisect(known.fact, known.handler, context, envelope, good);
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
    const context: FactContext = { companyId, eventId, name, occurredAt: this.wire.date() };
    await inTransaction(this.dataSource, (tx) =>
      this.applyFresh(tx, known.fact, known.handler, context, [{ no: 0, item: item as Record<string, unknown> }]),
    );
  }

  /** An item too large to travel is read by its handler where that wants a newer one, else from its producer's outbox. */
  private async resolve(
    handler: FactHandler,
    item: unknown,
    context: FactContext,
    producer: ServiceName,
  ): Promise<unknown> {
    if ((item as FetchItem | null)?.fetch !== true) return item;
    if (handler.fetch) return handler.fetch(item as FetchItem, context);
    const url = this.http.at(producer, `/v1/outbox/${encodeURIComponent(context.eventId)}`);
    const { items } = await this.http.get<{ items: unknown[] }>(url, {
      companyId: context.companyId,
      timeoutMs: FETCH_TIMEOUT_MS,
    });
    return items[0];
  }

  private async applyOrBisect(
    fact: FactDefinition,
    handler: FactHandler,
    context: FactContext,
    envelope: FactEnvelope,
    items: NumberedItem[],
  ): Promise<void> {
    try {
      await inTransaction(this.dataSource, async (tx) => {
        const fresh = await this.inbox.remember(
          tx,
          context.companyId,
          this.options.service,
          context.eventId,
          items.map(({ no }) => no),
          this.wire.date(),
        );
        const unseen = items.filter(({ no }) => fresh.has(no));
        factItems.inc(
          { service: this.options.service, fact: fact.name, outcome: 'repeated' },
          items.length - unseen.length,
        );
        if (unseen.length > 0) await this.applyFresh(tx, fact, handler, context, unseen);
        killPoint('consumer.before-commit');
      });
      killPoint('consumer.after-commit');
    } catch (error) {
      if (!isDataError(error)) throw error;
      const [only, ...more] = items;
      if (only && more.length === 0) {
        const cause = `${sqlStateOf(error)}: ${String((error as Error).message)}`;
        await this.park(envelope, [this.parking(envelope, only.no, only.item, cause)]);
        return;
      }
      const middle = Math.ceil(items.length / 2);
      await this.applyOrBisect(fact, handler, context, envelope, items.slice(0, middle));
      await this.applyOrBisect(fact, handler, context, envelope, items.slice(middle));
    }
  }

  private async applyFresh(
    tx: Tx,
    fact: FactDefinition,
    handler: FactHandler,
    context: FactContext,
    items: NumberedItem[],
  ): Promise<void> {
    const newest = new Map<string, { version: number; item: unknown }>();
    for (const { item } of items) {
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
  private async park(envelope: FactEnvelope, requests: ParkRequest[]): Promise<void> {
    await inTransaction(this.dataSource, async (tx) => {
      const numbers = requests.map(({ itemNo }) => itemNo);
      const fresh = await this.inbox.remember(
        tx,
        envelope.companyId,
        this.options.service,
        envelope.eventId,
        numbers,
        this.wire.date(),
      );
      const unseen = requests.filter(({ itemNo }) => fresh.has(itemNo));
      if (unseen.length === 0) return;
      await this.inbox.park(tx, envelope.companyId, unseen);
      factItems.inc({ service: this.options.service, fact: envelope.name, outcome: 'parked' }, unseen.length);
      log.warn(
        {
          eventId: envelope.eventId,
          fact: envelope.name,
          items: unseen.map(({ itemNo }) => itemNo),
          cause: unseen[0]!.cause,
        },
        'items of a fact were parked; see GET /v1/parked-items',
      );
    });
  }
}
