import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { AppError, Audit, inTransaction, pageOf, readCursor, type Caller, type Page } from '@app/shared';
import { ShopSecrets } from '../shop/shop.secrets';
import type { AnswersQuery, UnreadableAnswerBodyDto, UnreadableAnswerDto } from './answer.dto';
import { AnswerRepository, type AnswerRow } from './answer.repository';

/** Shows answers that could not be read. */
@Injectable()
export class AnswerService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly repository: AnswerRepository,
    private readonly secrets: ShopSecrets,
    private readonly audit: Audit,
  ) {}

  list(caller: Caller, query: AnswersQuery): Promise<Page<UnreadableAnswerDto>> {
    const last = readCursor(query.cursor, 1)?.[0];
    const before = last === undefined ? null : String(last);
    const { companyId, shops } = caller;
    return inTransaction(this.dataSource, async (tx) => {
      const filter = { shopId: query.shopId ?? null, shops, before, limit: query.limit + 1 };
      const found = await this.repository.list(tx, companyId, filter);
      return pageOf(found, query.limit, ({ id }) => [id], toDto);
    });
  }

  /** One with its body, which may hold receiver data: the reading is logged. */
  body(caller: Caller, id: string): Promise<UnreadableAnswerBodyDto> {
    return inTransaction(this.dataSource, async (tx) => {
      const answer = await this.repository.find(tx, caller.companyId, id);
      if (!answer || (caller.shops && !caller.shops.includes(answer.shopId)))
        throw new AppError('ANSWER.NOT_FOUND', `There is no unreadable answer ${id}; they are kept for seven days.`);
      await this.audit.record(tx, caller.companyId, {
        actor: `client:${caller.clientId}`,
        act: 'unreadable-answer.read',
        subject: id,
        purpose: 'looking into an answer that could not be read',
      });
      return { ...toDto(answer), body: this.secrets.open(answer.companyId, id, 'answer', answer.bodySealed) };
    });
  }
}

function toDto(answer: Omit<AnswerRow, 'bodySealed'>): UnreadableAnswerDto {
  const { id, shopId, platform, method, httpStatus, cause, size, isCut, keptAt } = answer;
  return { id, shopId, platform, method, httpStatus, cause, size, isCut, keptAt: keptAt.toISOString() };
}
