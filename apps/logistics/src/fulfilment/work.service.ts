import { groupBy, inTransaction, pageOf, readCursor, type Caller, type Page } from '@app/shared';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { visibleWarehouses } from '../parcel/limits';
import { ParcelRepository } from '../parcel/parcel.repository';
import { COVERING_STATES, remaining } from '../parcel/parcel.rules';
import { FulfilmentRepository, type FulfilmentRow, type PieceLine, type WorkFilter } from './fulfilment.repository';
import type { WorkDto, WorkQuery } from './work.dto';

type WorkRow = FulfilmentRow & { lines: PieceLine[] };

/** What waits for a clerk. */
@Injectable()
export class WorkService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly fulfilments: FulfilmentRepository,
    private readonly parcels: ParcelRepository,
  ) {}

  /** Four statements for any page: the fulfilments, their lines, their parcels, and the parcels' lines. */
  async list(caller: Caller, query: WorkQuery): Promise<Page<WorkDto>> {
    const { companyId } = caller;
    const found = await inTransaction(this.dataSource, async (tx) => {
      const fulfilments = await this.fulfilments.work(tx, companyId, this.filterOf(caller, query));
      const ids = fulfilments.map((one) => one.fulfilmentId);
      const lines = groupBy(await this.fulfilments.lines(tx, companyId, ids), (line) => line.fulfilmentId);
      const covering = (await this.parcels.ofFulfilments(tx, companyId, ids)).filter((parcel) =>
        COVERING_STATES.includes(parcel.state),
      );
      const fulfilmentOf = new Map(covering.map((parcel) => [parcel.id, parcel.fulfilmentId]));
      const taken = groupBy(await this.parcels.lines(tx, companyId, [...fulfilmentOf.keys()]), (line) =>
        fulfilmentOf.get(line.parcelId)!,
      );
      return fulfilments.map((one): WorkRow => ({
        ...one,
        lines: remaining(lines.get(one.fulfilmentId) ?? [], taken.get(one.fulfilmentId) ?? []),
      }));
    });
    return pageOf(found, query.limit, (one) => [one.urgency, one.dueAt.toISOString(), one.fulfilmentId], toResponse);
  }

  private filterOf(caller: Caller, query: WorkQuery): WorkFilter {
    const keys = readCursor(query.cursor, 3);
    return {
      warehouses: visibleWarehouses(caller, query.warehouse),
      shops: caller.shops,
      carrier: query.carrier ?? null,
      cutOffBefore: query.cutOffBefore ? new Date(query.cutOffBefore) : null,
      after: keys ? { urgency: Number(keys[0]), dueAt: new Date(keys[1]!), fulfilmentId: String(keys[2]) } : null,
      limit: query.limit + 1,
    };
  }
}

function toResponse(row: WorkRow): WorkDto {
  const { fulfilmentId, revision, shopId, platform, warehouse, carrier, isUrgent } = row;
  const lines = row.lines.map(({ lineId, orderId, platformOrderNo, skuCode, title, quantity }) => ({
    lineId,
    orderId,
    platformOrderNo,
    skuCode,
    title,
    quantity,
  }));
  return {
    fulfilmentId,
    revision,
    shopId,
    platform,
    warehouse,
    carrier,
    shipBy: row.shipBy?.toISOString() ?? null,
    isUrgent,
    lines,
  };
}
