import { Injectable } from '@nestjs/common';
import {
  AppError,
  assertShop,
  Audit,
  inTransaction,
  pageOf,
  readCursor,
  type Caller,
  type Page,
  type Tx,
} from '@app/shared';
import { DataSource } from 'typeorm';
import { BillRepository } from '../bill/bill.repository';
import type { DueRuleAnswer, DueRuleBody, FeeRuleAnswer, FeeRuleBody, RulesQuery } from './rule.dto';
import { RuleRepository } from './rule.repository';

const DAY = /^\d{4}-\d{2}-\d{2}$/;

/** Dated rules by which money is judged. None is made up: without a rule nothing is overdue and no fee is judged. */
@Injectable()
export class RuleService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly rules: RuleRepository,
    private readonly bills: BillRepository,
    private readonly audit: Audit,
  ) {}

  /** Throws SHOP.NOT_FOUND. */
  putDueRule(caller: Caller, body: DueRuleBody): Promise<DueRuleAnswer> {
    return this.put(caller, 'due-rule.set', { ...body, setBy: caller.clientId }, (tx, rule) =>
      this.rules.putDueRule(tx, caller.companyId, rule),
    );
  }

  /** Throws SHOP.NOT_FOUND. */
  putFeeRule(caller: Caller, body: FeeRuleBody): Promise<FeeRuleAnswer> {
    return this.put(caller, 'fee-rule.set', { ...body, setBy: caller.clientId }, (tx, rule) =>
      this.rules.putFeeRule(tx, caller.companyId, rule),
    );
  }

  /** Throws SHOP.NOT_FOUND, CURSOR.INVALID. */
  dueRules(caller: Caller, query: RulesQuery): Promise<Page<DueRuleAnswer>> {
    assertShop(caller, query.shopId);
    const keys = this.keysOf(query.cursor, 1);
    return inTransaction(this.dataSource, async (tx) => {
      const found = await this.rules.dueRules(tx, caller.companyId, query.shopId, keys?.[0] ?? null, query.limit + 1);
      return pageOf(
        found,
        query.limit,
        (rule) => [rule.validFrom],
        (rule) => rule,
      );
    });
  }

  /** Throws SHOP.NOT_FOUND, CURSOR.INVALID. */
  feeRules(caller: Caller, query: RulesQuery): Promise<Page<FeeRuleAnswer>> {
    assertShop(caller, query.shopId);
    const keys = this.keysOf(query.cursor, 2);
    return inTransaction(this.dataSource, async (tx) => {
      const found = await this.rules.feeRules(
        tx,
        caller.companyId,
        query.shopId,
        keys ? { kind: keys[0]!, day: keys[1]! } : null,
        query.limit + 1,
      );
      return pageOf(
        found,
        query.limit,
        (rule) => [rule.entryKind, rule.validFrom],
        (rule) => rule,
      );
    });
  }

  private put<R extends { shopId: string; validFrom: string }>(
    caller: Caller,
    act: string,
    rule: R,
    store: (tx: Tx, rule: R) => Promise<void>,
  ): Promise<R> {
    assertShop(caller, rule.shopId);
    return inTransaction(this.dataSource, async (tx) => {
      if (!(await this.bills.shop(tx, caller.companyId, rule.shopId)))
        throw new AppError('SHOP.NOT_FOUND', `There is no shop ${rule.shopId}.`);
      await store(tx, rule);
      await this.audit.record(tx, caller.companyId, {
        actor: caller.clientId,
        act,
        subject: `${rule.shopId}/${rule.validFrom}`,
        details: { ...rule },
      });
      return rule;
    });
  }

  private keysOf(cursor: string | undefined, count: number): string[] | undefined {
    const keys = readCursor(cursor, count)?.map(String);
    if (keys && !DAY.test(keys[count - 1]!))
      throw new AppError('CURSOR.INVALID', 'The cursor is not one that this list gave; begin without a cursor.');
    return keys;
  }
}
