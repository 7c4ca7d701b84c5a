import { AppError, Idempotency, inTransaction, type Caller, type Tx } from '@app/shared';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { NumberRepository } from './number.repository';
import { ReturnBook } from './return.book';
import type { MatchDto, ReturnDto } from './return.dto';
import { ReturnReader } from './return.reader';
import { ReturnRepository, type ReturnRow } from './return.repository';

/** Lets a person say whose goods a counted parcel holds. */
@Injectable()
export class MatchService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly numbers: NumberRepository,
    private readonly returns: ReturnRepository,
    private readonly book: ReturnBook,
    private readonly reader: ReturnReader,
    private readonly idempotency: Idempotency,
  ) {}

  /**
   * A repeat with the same order answers the same. Locks the number. Throws RETURN.NOT_FOUND, ORDER.NOT_FOUND,
   * RETURN.VERSION_CONFLICT, RETURN.ALREADY_MATCHED.
   */
  match(caller: Caller, key: string | undefined, id: string, body: MatchDto): Promise<ReturnDto> {
    const call = { caller, key, route: `POST /logistics/v1/returns/${id}/match`, body };
    return inTransaction(this.dataSource, (tx) =>
      this.idempotency.once(tx, call, async () =>
        this.reader.one(tx, caller.companyId, await this.assign(tx, caller, id, body)),
      ),
    );
  }

  private async assign(tx: Tx, caller: Caller, id: string, body: MatchDto): Promise<ReturnRow> {
    const { companyId, clientId } = caller;
    const seen = visible(caller, id, await this.returns.find(tx, companyId, id));
    await this.numbers.lock(tx, companyId, [seen.waybillNo]);
    const row = visible(caller, id, await this.returns.find(tx, companyId, id));
    if (row.isMatched && row.orderId === body.orderId) return row;
    if (row.isMatched)
      throw new AppError(
        'RETURN.ALREADY_MATCHED',
        `Return ${id} holds goods of order ${row.platformOrderNo} (${row.orderId}) already; its stock was booked for it.`,
        { orderId: row.orderId, version: row.version },
      );
    if (body.expectedVersion !== undefined && body.expectedVersion !== row.version)
      throw new AppError(
        'RETURN.VERSION_CONFLICT',
        `Return ${id} has version ${row.version}, not ${body.expectedVersion}; read it again.`,
        { version: row.version },
      );
    const order = await this.numbers.order(tx, companyId, body.orderId);
    if (!order || (caller.shops && !caller.shops.includes(order.shopId)))
      throw new AppError(
        'ORDER.NOT_FOUND',
        `There is no order ${body.orderId}; look for it at GET /orders/v1/orders?platformOrderNo=….`,
      );
    const platformAfterSaleNos = await this.numbers.openAfterSales(tx, companyId, body.orderId);
    return this.book.match(tx, companyId, row, { ...order, platformAfterSaleNos }, clientId);
  }
}

function visible(caller: Caller, id: string, row: ReturnRow | undefined): ReturnRow {
  const isMine =
    row &&
    (!caller.warehouses || (row.warehouse !== null && caller.warehouses.includes(row.warehouse))) &&
    (!caller.shops || row.shopId === null || caller.shops.includes(row.shopId));
  if (!isMine) throw new AppError('RETURN.NOT_FOUND', `There is no return ${id}.`);
  return row;
}
