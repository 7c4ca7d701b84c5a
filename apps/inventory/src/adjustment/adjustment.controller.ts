import { Body, Controller, HttpCode, Post, Req, Res } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiBody,
  ApiConsumes,
  ApiCreatedResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { FromCaller, Scopes, type Caller } from '@app/shared';
import { AdjustDto, AdjustmentDto, ImportAnswerDto } from './adjustment.dto';
import { AdjustmentImport } from './adjustment.import';
import { AdjustmentService } from './adjustment.service';

/** Stock changed by hand. */
@ApiTags('adjustments')
@ApiBearerAuth()
@Controller('v1/adjustments')
export class AdjustmentController {
  constructor(
    private readonly adjustments: AdjustmentService,
    private readonly importing: AdjustmentImport,
  ) {}

  @ApiOperation({
    summary: 'Add to stock or take from it: all lines or none',
    description:
      '201 when posted; 200 with the same body when the key is known and the body equal. 409 STOCK.NEGATIVE names each line that takes more than is there or more than is not reserved, 409 IDEMPOTENCY.KEY_REUSED, 404 SKU.NOT_FOUND, 404 WAREHOUSE.NOT_FOUND, 400 VALIDATION, 503 SERVICE.UNAVAILABLE. Scope: inventory:write.',
  })
  @ApiCreatedResponse({ type: AdjustmentDto })
  @ApiOkResponse({ type: AdjustmentDto })
  @Scopes('inventory:write')
  @Post()
  async adjust(
    @FromCaller() caller: Caller,
    @Body() body: AdjustDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<AdjustmentDto> {
    const { isNew, adjustment } = await this.adjustments.adjust(caller, body);
    void reply.status(isNew ? 201 : 200);
    return adjustment;
  }

  @ApiOperation({
    summary: 'Import stock from a CSV file',
    description:
      'Columns skuCode, warehouse, quantity and, if wanted, bucket. Each row gets a verdict; good rows are posted whatever the others say, once per key. 400 ADJUSTMENT_FILE.INVALID (no CSV with these columns), 409 IDEMPOTENCY.KEY_REUSED, 400 VALIDATION. Scope: inventory:write.',
  })
  @ApiConsumes('multipart/form-data')
  @ApiBody({
    schema: {
      type: 'object',
      required: ['key', 'file'],
      properties: {
        key: { type: 'string', example: 'opening-2026-11-01' },
        cause: { type: 'string', example: 'opening stock' },
        file: { type: 'string', format: 'binary' },
      },
    },
  })
  @ApiOkResponse({ type: ImportAnswerDto })
  @Scopes('inventory:write')
  @HttpCode(200)
  @Post('import')
  importFile(@FromCaller() caller: Caller, @Req() request: FastifyRequest): Promise<ImportAnswerDto> {
    return this.importing.run(caller, request);
  }
}
