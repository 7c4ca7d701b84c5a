import { Controller, Get, Post, Query, Req } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiBody,
  ApiConsumes,
  ApiCreatedResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import { FromCaller, Scopes, type Caller } from '@app/shared';
import type { FastifyRequest } from 'fastify';
import { BillImportAnswer, BillsAnswer, BillsQuery } from './bill.dto';
import { BillService } from './bill.service';
import { BillUpload } from './bill.upload';

/** Bills as the platforms give them. */
@ApiTags('bills')
@ApiBearerAuth()
@Controller('v1/bills')
export class BillController {
  constructor(
    private readonly uploads: BillUpload,
    private readonly bills: BillService,
  ) {}

  @ApiOperation({
    summary: 'Take in a bill file',
    description:
      'The file exactly as downloaded (zip or csv, at most 30 MiB). It is proven whole by its running balances, counts, sums and dates; a file that is not whole is recorded with its problems and none of its rows is taken. The same or an overlapping file adds nothing twice. Errors: VALIDATION and BILL_FILE.INVALID (400), SHOP.NOT_FOUND and BILL_FORMAT.UNKNOWN (404), BILL_FILE.OTHER_ACCOUNT (409), BODY_TOO_LARGE (413). Scope: settlement:write.',
  })
  @ApiConsumes('multipart/form-data')
  @ApiBody({
    schema: {
      type: 'object',
      required: ['file', 'shopId', 'format'],
      properties: {
        file: { type: 'string', format: 'binary' },
        shopId: { type: 'string', example: 'shp_01jd…' },
        format: { type: 'string', example: 'alipay-signcustomer' },
      },
    },
  })
  @ApiCreatedResponse({ type: BillImportAnswer })
  @Scopes('settlement:write')
  @Post()
  take(@FromCaller() caller: Caller, @Req() request: FastifyRequest): Promise<BillImportAnswer> {
    return this.uploads.run(caller, request);
  }

  @ApiOperation({
    summary: 'List bill files, with the missing days of a shop',
    description:
      'Newest first. Errors: VALIDATION and CURSOR.INVALID (400), SHOP.NOT_FOUND (404). Scope: settlement:read.',
  })
  @ApiOkResponse({ type: BillsAnswer })
  @Scopes('settlement:read')
  @Get()
  list(@FromCaller() caller: Caller, @Query() query: BillsQuery): Promise<BillsAnswer> {
    return this.bills.list(caller, query);
  }
}
