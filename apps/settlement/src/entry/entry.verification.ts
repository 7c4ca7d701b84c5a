import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Verification } from '@app/shared';
import { EntryRepository } from './entry.repository';

/** What settlement can prove about its entries. */
@Injectable()
export class EntryVerification implements OnModuleInit {
  constructor(
    private readonly verification: Verification,
    private readonly entries: EntryRepository,
  ) {}

  onModuleInit(): void {
    this.verification.add(async (tx, companyId) => ({
      invariant: '4 every transaction of entries sums to zero',
      checked: await this.entries.countTransactions(tx, companyId),
      inFlight: 0,
      breaches: (await this.entries.findUnbalanced(tx, companyId)).map(
        (one) => `transaction ${one.transactionId} adds up to ${one.sumFen} fen ${one.currency}`,
      ),
    }));
    this.verification.add(async (tx, companyId) => ({
      invariant: '4 every bill line is posted once, at its amount',
      checked: await this.entries.countTransactions(tx, companyId),
      inFlight: 0,
      breaches: (await this.entries.findWrongPostings(tx, companyId)).map(
        (one) =>
          `bill line ${one.lineKey} of shop ${one.shopId} moved ${one.netFen} fen, posted was ${one.postedFen ?? 'nothing'}`,
      ),
    }));
  }
}
