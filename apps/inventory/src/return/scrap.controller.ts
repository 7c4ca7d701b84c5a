import { Controller, Get, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ApiPage, FromCaller, Scopes, type Caller, type Page } from '@app/shared';
import { ScrapDto, ScrapsQuery } from './scrap.dto';
import { ScrapReader } from './scrap.reader';

/** Pieces that were written off. */
@ApiTags('stock')
@ApiBearerAuth()
@Controller('v1/scraps')
export class ScrapController {
  constructor(private readonly scraps: ScrapReader) {}

  @ApiOperation({
    summary: 'List scrapped pieces, newest first',
    description:
      'Goods that came back with grade C; they count in no bucket. 404 WAREHOUSE.NOT_FOUND, 400 VALIDATION, 400 CURSOR.INVALID. Scope: inventory:read.',
  })
  @ApiPage(ScrapDto)
  @Scopes('inventory:read')
  @Get()
  list(@FromCaller() caller: Caller, @Query() query: ScrapsQuery): Promise<Page<ScrapDto>> {
    return this.scraps.list(caller, query);
  }
}
