import { Body, Controller, Get, Headers, HttpCode, Param, Post, Query, type StreamableFile } from '@nestjs/common';
import {
  ApiAcceptedResponse,
  ApiBearerAuth,
  ApiHeader,
  ApiOkResponse,
  ApiOperation,
  ApiProduces,
  ApiTags,
} from '@nestjs/swagger';
import { FromCaller, Scopes, type Caller } from '@app/shared';
import {
  ExportQuery,
  LineAnswer,
  LinesAnswer,
  LinesQuery,
  ReconcileBody,
  ReconciliationAnswer,
  ReconciliationsAnswer,
  ReconciliationsQuery,
  ResolveBody,
} from './reconciliation.dto';
import { ReconciliationExport } from './reconciliation.export';
import { ReconciliationService } from './reconciliation.service';

/** Orders against bills and payouts. */
@ApiTags('reconciliations')
@ApiBearerAuth()
@Controller('v1/reconciliations')
export class ReconciliationController {
  constructor(
    private readonly reconciliations: ReconciliationService,
    private readonly exports: ReconciliationExport,
  ) {}

  @ApiOperation({
    summary: 'Reconcile a shop over a span',
    description:
      'Orders placed in the span or named by its bill rows, with all of their rows up to its end. Answered at once; ask for the result by its id. Errors: VALIDATION (400), SHOP.NOT_FOUND (404), IDEMPOTENCY.KEY_REUSED (409). Scope: settlement:write.',
  })
  @ApiHeader({ name: 'Idempotency-Key', required: false })
  @ApiAcceptedResponse({ type: ReconciliationAnswer })
  @Scopes('settlement:write')
  @HttpCode(202)
  @Post()
  start(
    @FromCaller() caller: Caller,
    @Body() body: ReconcileBody,
    @Headers('idempotency-key') key?: string,
  ): Promise<ReconciliationAnswer> {
    return this.reconciliations.start(caller, body, key);
  }

  @ApiOperation({
    summary: 'List reconciliations',
    description:
      'Newest first. Errors: VALIDATION and CURSOR.INVALID (400), SHOP.NOT_FOUND (404). Scope: settlement:read.',
  })
  @ApiOkResponse({ type: ReconciliationsAnswer })
  @Scopes('settlement:read')
  @Get()
  list(@FromCaller() caller: Caller, @Query() query: ReconciliationsQuery): Promise<ReconciliationsAnswer> {
    return this.reconciliations.list(caller, query);
  }

  @ApiOperation({
    summary: 'Show a reconciliation',
    description:
      'Totals and classes are there when its state is done. Errors: RECONCILIATION.NOT_FOUND (404). Scope: settlement:read.',
  })
  @ApiOkResponse({ type: ReconciliationAnswer })
  @Scopes('settlement:read')
  @Get(':id')
  find(@FromCaller() caller: Caller, @Param('id') id: string): Promise<ReconciliationAnswer> {
    return this.reconciliations.find(caller, id);
  }

  @ApiOperation({
    summary: 'List the lines of a reconciliation',
    description:
      'All, or those of one class. Errors: VALIDATION and CURSOR.INVALID (400), RECONCILIATION.NOT_FOUND (404), RECONCILIATION.NOT_DONE (409). Scope: settlement:read.',
  })
  @ApiOkResponse({ type: LinesAnswer })
  @Scopes('settlement:read')
  @Get(':id/lines')
  lines(@FromCaller() caller: Caller, @Param('id') id: string, @Query() query: LinesQuery): Promise<LinesAnswer> {
    return this.reconciliations.lines(caller, id, query);
  }

  @ApiOperation({
    summary: 'Export the lines of a reconciliation',
    description:
      'CSV in UTF-8 with a byte order mark, or XLSX with sums. Amounts in yuan with two decimals, ids as text, no cell is a formula of others. Errors: VALIDATION (400), RECONCILIATION.NOT_FOUND (404), RECONCILIATION.NOT_DONE (409). Scope: settlement:read.',
  })
  @ApiProduces('text/csv', 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet')
  @ApiOkResponse({ schema: { type: 'string', format: 'binary' } })
  @Scopes('settlement:read')
  @Get(':id/export')
  export(@FromCaller() caller: Caller, @Param('id') id: string, @Query() query: ExportQuery): Promise<StreamableFile> {
    return this.exports.file(caller, id, query.format);
  }

  @ApiOperation({
    summary: 'Settle a line',
    description:
      'Keeps who looks after it and how it was settled; amounts never change. Errors: VALIDATION (400), RECONCILIATION.NOT_FOUND and RECONCILIATION_LINE.NOT_FOUND (404), RECONCILIATION.NOT_DONE and RECONCILIATION_LINE.VERSION_CONFLICT (409). Scope: settlement:write.',
  })
  @ApiOkResponse({ type: LineAnswer })
  @Scopes('settlement:write')
  @HttpCode(200)
  @Post(':id/lines/:line/resolve')
  resolve(
    @FromCaller() caller: Caller,
    @Param('id') id: string,
    @Param('line') line: string,
    @Body() body: ResolveBody,
  ): Promise<LineAnswer> {
    return this.reconciliations.resolve(caller, id, line, body);
  }
}
