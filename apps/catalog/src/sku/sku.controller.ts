import { Body, Controller, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { SkuItem } from '@app/contracts';
import { FromCaller, Scopes, type Caller } from '@app/shared';
import { SkuChangeDto, SkuDto, SkuLookupDto, SkusAnswerDto, SkusQuery } from './sku.dto';
import { SkuService } from './sku.service';

/** The merchant's SKUs. */
@ApiTags('skus')
@ApiBearerAuth()
@Controller('v1/skus')
export class SkuController {
  constructor(private readonly skus: SkuService) {}

  @ApiOperation({
    summary: 'List SKUs',
    description: 'In the order of codes. 400 VALIDATION, 400 CURSOR.INVALID. Scope: catalog:read.',
  })
  @ApiOkResponse({ type: SkusAnswerDto })
  @Scopes('catalog:read')
  @Get()
  list(@FromCaller() caller: Caller, @Query() query: SkusQuery): Promise<SkusAnswerDto> {
    return this.skus.list(caller, query);
  }

  @ApiOperation({
    summary: 'Find SKUs by their codes',
    description: 'At most 500; unknown codes are left out. 400 VALIDATION. Scope: catalog:read.',
  })
  @ApiOkResponse({
    schema: {
      type: 'object',
      properties: {
        items: {
          type: 'array',
          items: {
            type: 'object',
            properties: {
              skuId: { type: 'string' },
              skuVersion: { type: 'integer' },
              code: { type: 'string' },
              name: { type: 'string' },
            },
          },
        },
      },
    },
  })
  @Scopes('catalog:read')
  @HttpCode(200)
  @Post('lookup')
  lookUp(@FromCaller() caller: Caller, @Body() body: SkuLookupDto): Promise<{ items: SkuItem[] }> {
    return this.skus.lookUp(caller, body.codes);
  }

  @ApiOperation({
    summary: 'Change a SKU',
    description:
      '404 SKU.NOT_FOUND, 409 SKU.VERSION_CONFLICT (names the present version), 400 VALIDATION. Scope: catalog:write.',
  })
  @ApiOkResponse({ type: SkuDto })
  @Scopes('catalog:write')
  @Patch(':id')
  change(@FromCaller() caller: Caller, @Param('id') id: string, @Body() body: SkuChangeDto): Promise<SkuDto> {
    return this.skus.change(caller, id, body);
  }
}
