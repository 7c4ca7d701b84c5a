import { Body, Controller, Get, Header, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { FromCaller, Scopes, type Caller } from '@app/shared';
import { ClientAnswer, ClientsAnswer, ClientsQuery, ClientWithSecretAnswer, CreateClientDto } from './clients.dto';
import { ClientsService } from './clients.service';

/** The API clients of the caller's company. */
@ApiTags('identity')
@ApiBearerAuth()
@Scopes('identity:admin')
@Controller('auth/clients')
export class ClientsController {
  constructor(private readonly clients: ClientsService) {}

  @ApiOperation({
    summary: 'Make an API client',
    description:
      'The secret is shown once. Errors: VALIDATION (400), AUTH.SCOPE (403: rights that the caller does not have). Scope: identity:admin.',
  })
  @ApiCreatedResponse({ type: ClientWithSecretAnswer })
  @Header('cache-control', 'no-store')
  @Post()
  create(@FromCaller() caller: Caller, @Body() body: CreateClientDto): Promise<ClientWithSecretAnswer> {
    return this.clients.create({ companyId: caller.companyId, actor: caller.clientId, limits: caller }, body);
  }

  @ApiOperation({
    summary: 'List API clients',
    description: 'Without secrets. Errors: CURSOR.INVALID (400). Scope: identity:admin.',
  })
  @ApiOkResponse({ type: ClientsAnswer })
  @Get()
  list(@FromCaller() caller: Caller, @Query() query: ClientsQuery): Promise<ClientsAnswer> {
    return this.clients.list(caller, query);
  }

  @ApiOperation({
    summary: 'Disable an API client',
    description:
      'It gets no tokens any more; the last one ends within 600 s. Errors: CLIENT.NOT_FOUND (404). Scope: identity:admin.',
  })
  @ApiOkResponse({ type: ClientAnswer })
  @HttpCode(200)
  @Post(':id/disable')
  disable(@FromCaller() caller: Caller, @Param('id') id: string): Promise<ClientAnswer> {
    return this.clients.disable(caller, id);
  }

  @ApiOperation({
    summary: 'Give an API client a new secret',
    description:
      'Shown once; the old one ends at once. Errors: CLIENT.NOT_FOUND (404), CLIENT.DISABLED and CLIENT.PRESET (409). Scope: identity:admin.',
  })
  @ApiOkResponse({ type: ClientWithSecretAnswer })
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @Post(':id/rotate-secret')
  rotateSecret(@FromCaller() caller: Caller, @Param('id') id: string): Promise<ClientWithSecretAnswer> {
    return this.clients.rotateSecret(caller, id);
  }
}
