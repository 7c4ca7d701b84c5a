import { Injectable } from '@nestjs/common';
import { execute, rows, type Tx } from '@app/shared';
import type { DueRuleAnswer, FeeRuleAnswer } from './rule.dto';

/** All statements on dated rules. */
@Injectable()
export class RuleRepository {
  async putDueRule(tx: Tx, companyId: string, rule: DueRuleAnswer): Promise<void> {
    await execute(
      tx,
      `INSERT INTO due_rule (company_id, shop_id, valid_from, basis, days, set_by) VALUES ($1, $2, $3, $4, $5, $6)
       ON CONFLICT (company_id, shop_id, valid_from) DO UPDATE SET basis = excluded.basis, days = excluded.days, set_by = excluded.set_by`,
      [companyId, rule.shopId, rule.validFrom, rule.basis, rule.days, rule.setBy],
    );
  }

  async putFeeRule(tx: Tx, companyId: string, rule: FeeRuleAnswer): Promise<void> {
    await execute(
      tx,
      `INSERT INTO fee_rule (company_id, shop_id, entry_kind, valid_from, rate_bp, tolerance_fen, set_by) VALUES ($1, $2, $3, $4, $5, $6, $7)
       ON CONFLICT (company_id, shop_id, entry_kind, valid_from) DO UPDATE
         SET rate_bp = excluded.rate_bp, tolerance_fen = excluded.tolerance_fen, set_by = excluded.set_by`,
      [companyId, rule.shopId, rule.entryKind, rule.validFrom, rule.rateBp, rule.toleranceFen, rule.setBy],
    );
  }

  dueRules(tx: Tx, companyId: string, shopId: string, after: string | null, limit: number): Promise<DueRuleAnswer[]> {
    return rows<DueRuleAnswer>(
      tx,
      `SELECT shop_id, to_char(valid_from, 'YYYY-MM-DD') AS valid_from, basis, days, set_by FROM due_rule
        WHERE company_id = $1 AND shop_id = $2 AND ($3::date IS NULL OR due_rule.valid_from > $3) ORDER BY due_rule.valid_from LIMIT $4`,
      [companyId, shopId, after, limit],
    );
  }

  feeRules(
    tx: Tx,
    companyId: string,
    shopId: string,
    after: { kind: string; day: string } | null,
    limit: number,
  ): Promise<FeeRuleAnswer[]> {
    return rows<FeeRuleAnswer>(
      tx,
      `SELECT shop_id, entry_kind, to_char(valid_from, 'YYYY-MM-DD') AS valid_from, rate_bp, tolerance_fen, set_by FROM fee_rule
        WHERE company_id = $1 AND shop_id = $2 AND ($3::text IS NULL OR (entry_kind, fee_rule.valid_from) > ($3, $4::date))
        ORDER BY entry_kind, fee_rule.valid_from LIMIT $5`,
      [companyId, shopId, after?.kind ?? null, after?.day ?? null, limit],
    );
  }
}
