import { Controller, Get, Inject, Injectable, Param, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiProperty, ApiPropertyOptional, ApiTags } from '@nestjs/swagger';
import { IsIn, IsISO8601, IsOptional } from 'class-validator';
import { DataSource } from 'typeorm';
import { AppError, FromCaller, inTransaction, Scopes, STORY_CLOCK, toShanghaiIso, type Caller, type StoryClock } from '@app/shared';
import { ShopReader } from '../shop/shop.reader';
import { CensusRepository } from './census.repository';
import { GapRepository } from './gap.repository';

const DAY_MS = 86_400_000;

/** Which part of the proof. */
export class CompletenessQuery {
  @ApiPropertyOptional({ enum: ['orders'], default: 'orders' })
  @IsOptional()
  @IsIn(['orders'])
  kind = 'orders' as const;

  @ApiPropertyOptional({ description: 'Windows that end after this (business time); default a day ago' })
  @IsOptional()
  @IsISO8601({ strict: true })
  from?: string;

  @ApiPropertyOptional({ description: 'Windows that begin before this; default now' })
  @IsOptional()
  @IsISO8601({ strict: true })
  to?: string;
}

class SpanDto {
  @ApiProperty() from!: string;
  @ApiProperty() to!: string;
}

class CensusWindowDto extends SpanDto {
  @ApiProperty({ enum: ['waiting', 'open', 'proven'] }) state!: string;
  @ApiProperty() listed!: number;
  @ApiProperty() stored!: number;
  @ApiProperty({ type: [String] }) missing!: string[];
  @ApiProperty({ type: [String] }) older!: string[];
  @ApiProperty({ type: String, nullable: true }) checkedAt!: string | null;
}

class GapDto {
  @ApiProperty() platformOrderNo!: string;
  @ApiProperty({ enum: ['missing', 'older'] }) cause!: string;
  @ApiProperty({ type: SpanDto }) window!: SpanDto;
  @ApiProperty() foundAt!: string;
  @ApiProperty({ type: String, nullable: true }) storedAt!: string | null;
}

/** The proof that no order is missing, window by window. */
export class CompletenessDto {
  @ApiProperty() kind!: string;
  @ApiProperty({ type: [CensusWindowDto] }) windows!: CensusWindowDto[];
  @ApiProperty({ type: [GapDto] }) gaps!: GapDto[];
}

/** Reads the proof. */
@Injectable()
export class CompletenessService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly census: CensusRepository,
    private readonly gaps: GapRepository,
    private readonly reader: ShopReader,
    @Inject(STORY_CLOCK) private readonly story: StoryClock,
  ) {}

  async read(caller: Caller, shopId: string, query: CompletenessQuery): Promise<CompletenessDto> {
    await this.reader.seen(caller, shopId);
    const to = query.to === undefined ? this.story.now() : new Date(query.to);
    const from = query.from === undefined ? new Date(to.getTime() - DAY_MS) : new Date(query.from);
    if (from >= to) throw new AppError('VALIDATION', 'to must be after from.', { errors: [{ field: 'to', code: 'ORDER', message: 'must be after from' }] });
    return inTransaction(this.dataSource, async (tx) => {
      const windows = await this.census.list(tx, caller.companyId, shopId, from, to);
      const gaps = await this.gaps.list(tx, caller.companyId, shopId, from, to);
      return {
        kind: query.kind,
        windows: windows.map((w) => ({ from: toShanghaiIso(w.fromAt), to: toShanghaiIso(w.toAt), state: w.state, listed: w.listed, stored: w.stored, missing: w.missing, older: w.older, checkedAt: w.checkedAt && toShanghaiIso(w.checkedAt) })),
        gaps: gaps.map((g) => ({ platformOrderNo: g.platformOrderNo, cause: g.cause, window: { from: toShanghaiIso(g.fromAt), to: toShanghaiIso(g.toAt) }, foundAt: toShanghaiIso(g.foundAt), storedAt: g.storedAt && toShanghaiIso(g.storedAt) })),
      };
    });
  }
}

/** Completeness of what was pulled. */
@ApiTags('sync')
@ApiBearerAuth()
@Controller('v1/shops/:id/completeness')
export class CompletenessController {
  constructor(private readonly completeness: CompletenessService) {}

  @ApiOperation({ summary: 'Prove that no order is missing', description: 'The platform’s own list by creation time, compared id by id after an hour and after a day. Errors: VALIDATION (400), SHOP.NOT_FOUND (404). Scope: sync:read.' })
  @ApiOkResponse({ type: CompletenessDto })
  @Scopes('sync:read')
  @Get()
  read(@FromCaller() caller: Caller, @Param('id') id: string, @Query() query: CompletenessQuery): Promise<CompletenessDto> {
    return this.completeness.read(caller, id, query);
  }
}
