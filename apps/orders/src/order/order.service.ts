import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import {
  AppError,
  Audit,
  Idempotency,
  inTransaction,
  pageOf,
  readCursor,
  type Caller,
  type Page,
  type Tx,
} from '@app/shared';
import type { OrderFactItem, OrdersSummaryAnswer } from '@app/contracts';
import { IntakeRepository } from '../intake/intake.repository';
import { approve, cancel, hold, markUrgent, releaseHold, takeBack, type ActContext } from './order-act.rules';
import { orderFactItem } from './order-fact.rules';
import { OrderListRepository } from './order-list.repository';
import {
  orderDto,
  type HoldActDto,
  type OrderActDto,
  type OrderDto,
  type OrderLogDto,
  type OrdersQuery,
  type ReleaseHoldDto,
  type UrgentActDto,
} from './order.dto';
import { OrderRepository } from './order.repository';
import { OrderStore } from './order.store';
import type { OrderAggregate } from './order.types';

/** Acts that people and programs may do, by their name in the path. */
export type OrderAct = 'approve' | 'take-back' | 'hold' | 'release-hold' | 'cancel' | 'urgent';

const ACTS: Record<OrderAct, (aggregate: OrderAggregate, context: ActContext, body: OrderActDto) => void> = {
  approve: (aggregate, context) => approve(aggregate, context),
  'take-back': (aggregate) => takeBack(aggregate),
  hold: (aggregate, context, body) => {
    const { type, owner, releaseAt } = body as HoldActDto;
    hold(aggregate, context, {
      type,
      owner: owner ?? context.actor,
      releaseAt: releaseAt ? new Date(releaseAt) : null,
    });
  },
  'release-hold': (aggregate, context, body) => releaseHold(aggregate, context, (body as ReleaseHoldDto).holdId),
  cancel: (aggregate) => cancel(aggregate),
  urgent: (aggregate, _, body) => markUrgent(aggregate, (body as UrgentActDto).isUrgent),
};

/** Reads orders, and does what people ask of them. */
@Injectable()
export class OrderService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly repository: OrderRepository,
    private readonly lists: OrderListRepository,
    private readonly platformOrders: IntakeRepository,
    private readonly store: OrderStore,
    private readonly idempotency: Idempotency,
    private readonly audit: Audit,
  ) {}

  list(caller: Caller, query: OrdersQuery): Promise<Page<OrderDto>> {
    const { cursor, limit, updatedFrom, ...filter } = query;
    const after = readCursor(cursor, updatedFrom ? 2 : 1);
    return inTransaction(this.dataSource, async (tx) => {
      const found = await this.lists.list(tx, {
        ...filter,
        companyId: caller.companyId,
        shops: caller.shops,
        updatedFrom: updatedFrom ? new Date(updatedFrom) : undefined,
        after,
        limit: limit + 1,
      });
      const whole = new Map(
        (
          await this.repository.read(
            tx,
            caller.companyId,
            found.slice(0, limit).map(({ orderId }) => orderId),
          )
        ).map((one) => [one.order.orderId, one]),
      );
      return pageOf(
        found,
        limit,
        ({ orderId, updatedAt }) => (updatedFrom ? [updatedAt.toISOString(), orderId] : [orderId]),
        ({ orderId }) => orderDto(whole.get(orderId)!),
      );
    });
  }

  summary(caller: Caller): Promise<OrdersSummaryAnswer> {
    return inTransaction(this.dataSource, (tx) => this.lists.summary(tx, caller.companyId, caller.shops));
  }

  /** One order. The raw text holds receiver data, so it needs pii:read and the reading is logged. */
  one(caller: Caller, orderId: string, include: readonly string[]): Promise<OrderDto> {
    if (include.includes('raw') && !caller.scopes.has('pii:read'))
      throw new AppError('AUTH.SCOPE', 'The raw text holds receiver data; include=raw needs the scope pii:read.');
    return inTransaction(this.dataSource, async (tx) => {
      const aggregate = await this.readOne(tx, caller, orderId);
      const answer = orderDto(aggregate);
      if (include.includes('log')) answer.log = await this.logOf(tx, caller.companyId, orderId);
      if (include.includes('raw')) {
        answer.raw = (await this.platformOrders.texts(tx, caller.companyId, orderId))?.raw ?? '';
        await this.audit.record(tx, caller.companyId, {
          actor: `client:${caller.clientId}`,
          act: 'order.raw.read',
          subject: orderId,
          purpose: 'include=raw',
        });
      }
      return answer;
    });
  }

  /** An order as its facts carry it, for consumers of items too large to travel. */
  fact(caller: Caller, orderId: string): Promise<OrderFactItem> {
    return inTransaction(this.dataSource, async (tx) => orderFactItem(await this.readOne(tx, caller, orderId)));
  }

  /** Does an act once, at the version that the caller has seen. */
  act(caller: Caller, key: string | undefined, orderId: string, act: OrderAct, body: OrderActDto): Promise<OrderDto> {
    const actor = `client:${caller.clientId}`;
    return inTransaction(this.dataSource, (tx) =>
      this.idempotency.once(tx, { caller, key, route: `orders/${orderId}/${act}`, body }, async () => {
        const { now } = this.store.context();
        const [done] = await this.store.change(
          tx,
          caller.companyId,
          [orderId],
          { actor, reason: body.reason },
          (aggregate) => {
            this.assertSeen(caller, aggregate, body.expectedVersion);
            ACTS[act](aggregate, { now, actor, reason: body.reason }, body);
          },
        );
        if (!done) throw notFound(orderId);
        return orderDto(done);
      }),
    );
  }

  private assertSeen(caller: Caller, { order }: OrderAggregate, expectedVersion: number): void {
    if (caller.shops && !caller.shops.includes(order.shopId)) throw notFound(order.orderId);
    if (order.version !== expectedVersion) {
      throw new AppError(
        'ORDER.VERSION_CONFLICT',
        `Order ${order.orderId} has version ${order.version}, not ${expectedVersion}; read it again and decide anew.`,
        { version: order.version, orderStatus: order.status },
      );
    }
  }

  private async readOne(tx: Tx, caller: Caller, orderId: string): Promise<OrderAggregate> {
    const [found] = await this.repository.read(tx, caller.companyId, [orderId]);
    if (!found || (caller.shops && !caller.shops.includes(found.order.shopId))) throw notFound(orderId);
    return found;
  }

  private async logOf(tx: Tx, companyId: string, orderId: string): Promise<OrderLogDto[]> {
    return (await this.lists.log(tx, companyId, orderId)).map(({ at, changes, ...entry }) => ({
      ...entry,
      at: at.toISOString(),
      changes: JSON.parse(changes) as string[],
    }));
  }
}

function notFound(orderId: string): AppError {
  return new AppError('ORDER.NOT_FOUND', `There is no order ${orderId}.`);
}
