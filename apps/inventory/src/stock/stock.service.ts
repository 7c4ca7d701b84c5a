import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import {
  AppError,
  assertWarehouse,
  Audit,
  inTransaction,
  pageOf,
  readCursor,
  type Caller,
  type Page,
  type Tx,
} from '@app/shared';
import { LevelLedger } from '../level/level.ledger';
import { SkuDirectory } from '../sku/sku.directory';
import { SkuRepository } from '../sku/sku.repository';
import { WarehouseRepository } from '../warehouse/warehouse.repository';
import {
  toMovement,
  toStock,
  type MovementDto,
  type MovementsQuery,
  type SafetyDto,
  type StockDto,
  type StockQuery,
} from './stock.dto';
import { StockRepository, type StockFilter } from './stock.repository';

/** Shows stock and its ledger, and sets what is kept from the platforms. */
@Injectable()
export class StockService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly stock: StockRepository,
    private readonly skus: SkuRepository,
    private readonly directory: SkuDirectory,
    private readonly warehouses: WarehouseRepository,
    private readonly ledger: LevelLedger,
    private readonly audit: Audit,
  ) {}

  /** A page of levels in the caller's warehouses. */
  async list(caller: Caller, query: StockQuery): Promise<Page<StockDto>> {
    const after = readCursor(query.cursor, 2) ?? ['', ''];
    return inTransaction(this.dataSource, async (tx) => {
      const filter = await this.filterOf(tx, caller, query);
      const found = await this.stock.levels(
        tx,
        caller.companyId,
        filter,
        { skuId: String(after[0]), warehouse: String(after[1]) },
        query.limit + 1,
      );
      return pageOf(found, query.limit, ({ skuId, warehouse }) => [skuId, warehouse], toStock);
    });
  }

  /** A page of movements, newest first. */
  async movements(caller: Caller, query: MovementsQuery): Promise<Page<MovementDto>> {
    const before = readCursor(query.cursor, 1)?.[0];
    return inTransaction(this.dataSource, async (tx) => {
      const filter = await this.filterOf(tx, caller, query);
      const span = { from: query.from ? new Date(query.from) : null, to: query.to ? new Date(query.to) : null };
      const found = await this.stock.movements(
        tx,
        caller.companyId,
        { ...filter, ...span },
        before === undefined ? null : Number(before),
        query.limit + 1,
      );
      return pageOf(found, query.limit, ({ no }) => [no], toMovement);
    });
  }

  /** Throws SKU.NOT_FOUND, WAREHOUSE.NOT_FOUND or STOCK.VERSION_CONFLICT. */
  async setSafety(caller: Caller, skuCode: string, body: SafetyDto): Promise<StockDto> {
    assertWarehouse(caller, body.warehouse);
    const skuId = (await this.directory.require(caller.companyId, [{ skuCode }], () => 'skuCode')).get(skuCode)!;
    return inTransaction(this.dataSource, async (tx) => {
      const warehouse = await this.warehouses.find(tx, caller.companyId, body.warehouse);
      if (!warehouse)
        throw new AppError('WAREHOUSE.NOT_FOUND', `There is no warehouse ${body.warehouse}.`, {
          errors: [{ field: 'warehouse', code: 'UNKNOWN', message: `There is no warehouse ${body.warehouse}.` }],
        });
      const book = await this.ledger.open(tx, caller.companyId, new Set([skuId]), [
        { skuId, warehouse: body.warehouse },
      ]);
      const level = book.find(skuId, body.warehouse)!;
      if (level.version !== body.expectedVersion)
        throw new AppError(
          'STOCK.VERSION_CONFLICT',
          `Stock of ${skuCode} in ${body.warehouse} is at version ${level.version}; read it again.`,
          { version: level.version },
        );
      const before = level.safety;
      book.keepBack(skuId, body.warehouse, body.safety);
      await this.ledger.close(tx, caller.companyId, book, caller.clientId);
      await this.audit.record(tx, caller.companyId, {
        actor: caller.clientId,
        act: 'stock.safety',
        subject: `${skuCode}@${body.warehouse}`,
        details: { from: before, to: body.safety },
      });
      return toStock({ ...book.find(skuId, body.warehouse)!, skuCode });
    });
  }

  private async filterOf(tx: Tx, caller: Caller, query: StockQuery): Promise<StockFilter> {
    if (query.warehouse) assertWarehouse(caller, query.warehouse);
    const skuIds = query.skuCode ? [...(await this.skus.idsOf(tx, caller.companyId, [query.skuCode])).values()] : null;
    return { skuIds, warehouses: query.warehouse ? [query.warehouse] : caller.warehouses };
  }
}
