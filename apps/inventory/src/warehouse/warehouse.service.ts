import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import {
  AppError,
  assertWarehouse,
  Audit,
  Idempotency,
  inTransaction,
  pageOf,
  readCursor,
  type Caller,
  type Page,
  type PageQuery,
} from '@app/shared';
import { toWarehouse, type NewWarehouseDto, type WarehouseChangeDto, type WarehouseDto } from './warehouse.dto';
import { WarehouseRepository } from './warehouse.repository';

/** Warehouses of a company. */
@Injectable()
export class WarehouseService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly warehouses: WarehouseRepository,
    private readonly audit: Audit,
    private readonly idempotency: Idempotency,
  ) {}

  /** Throws WAREHOUSE.CODE_TAKEN. */
  async create(caller: Caller, body: NewWarehouseDto, key: string | undefined): Promise<WarehouseDto> {
    assertWarehouse(caller, body.code);
    return inTransaction(this.dataSource, (tx) =>
      this.idempotency.once(tx, { caller, key, route: 'warehouses', body }, async () => {
        const warehouse = { ...body, isActive: true, allowsNegative: false, version: 1 };
        if (!(await this.warehouses.insert(tx, caller.companyId, warehouse))) {
          throw new AppError('WAREHOUSE.CODE_TAKEN', `There is a warehouse ${body.code} already; take another code.`, {
            errors: [{ field: 'code', code: 'TAKEN', message: `code ${body.code} is taken` }],
          });
        }
        await this.audit.record(tx, caller.companyId, {
          actor: caller.clientId,
          act: 'warehouse.create',
          subject: body.code,
        });
        return toWarehouse(warehouse);
      }),
    );
  }

  async list(caller: Caller, query: PageQuery): Promise<Page<WarehouseDto>> {
    const after = String(readCursor(query.cursor, 1)?.[0] ?? '');
    const found = await inTransaction(this.dataSource, (tx) =>
      this.warehouses.list(tx, caller.companyId, caller.warehouses, after, query.limit + 1),
    );
    return pageOf(found, query.limit, ({ code }) => [code], toWarehouse);
  }

  /** Throws WAREHOUSE.NOT_FOUND, also outside of the caller's limits. */
  async get(caller: Caller, code: string): Promise<WarehouseDto> {
    assertWarehouse(caller, code);
    const found = await inTransaction(this.dataSource, (tx) => this.warehouses.find(tx, caller.companyId, code));
    if (!found) throw new AppError('WAREHOUSE.NOT_FOUND', `There is no warehouse ${code}.`);
    return toWarehouse(found);
  }

  /** Throws WAREHOUSE.NOT_FOUND or WAREHOUSE.VERSION_CONFLICT. */
  async change(caller: Caller, code: string, body: WarehouseChangeDto): Promise<WarehouseDto> {
    assertWarehouse(caller, code);
    return inTransaction(this.dataSource, async (tx) => {
      const before = await this.warehouses.lock(tx, caller.companyId, code);
      if (!before) throw new AppError('WAREHOUSE.NOT_FOUND', `There is no warehouse ${code}.`);
      const { expectedVersion, ...changes } = body;
      if (before.version !== expectedVersion)
        throw new AppError(
          'WAREHOUSE.VERSION_CONFLICT',
          `Warehouse ${code} is at version ${before.version}; read it again.`,
          { version: before.version },
        );
      const given = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
      const after = { ...before, ...given, version: before.version + 1 };
      await this.warehouses.update(tx, caller.companyId, after);
      await this.audit.record(tx, caller.companyId, {
        actor: caller.clientId,
        act: 'warehouse.change',
        subject: code,
        details: { members: Object.keys(given) },
      });
      return toWarehouse(after);
    });
  }
}
