import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiProperty, ApiPropertyOptional, ApiTags } from '@nestjs/swagger';
import { IsOptional, IsString, Length } from 'class-validator';
import { FromCaller, Open, Scopes, type Caller } from '@app/shared';
import { AuthorisationDesk, type AuthorisationAnswer } from './authorisation.service';

/** What a platform sends the merchant's browser back with. */
class CallbackQuery {
  @ApiProperty()
  @IsString()
  @Length(1, 2_000)
  code!: string;

  @ApiProperty()
  @IsString()
  @Length(1, 200)
  state!: string;

  @ApiPropertyOptional({ description: 'Some platforms add the scope; it is not needed' })
  @IsOptional()
  @IsString()
  scope?: string;
}

/** Authorising a shop. */
@ApiTags('shops')
@Controller('v1')
export class AuthorisationController {
  constructor(private readonly desk: AuthorisationDesk) {}

  @ApiBearerAuth()
  @ApiOperation({
    summary: 'The page on which the merchant grants access',
    description: 'It works once, for half an hour. Errors: SHOP.NOT_FOUND (404). Scope: sync:write.',
  })
  @ApiOkResponse({
    schema: {
      type: 'object',
      required: ['url'],
      properties: {
        url: { type: 'string', format: 'uri', example: 'https://oauth.taobao.com/authorize?client_id=12345678' },
      },
    },
  })
  @Scopes('sync:write')
  @Get('shops/:id/authorisation')
  page(@FromCaller() caller: Caller, @Param('id') id: string): Promise<{ url: string }> {
    return this.desk.page(caller, id);
  }

  @ApiOperation({
    summary: 'Where the platform sends the merchant back',
    description:
      'Open; the one-time state decides. Errors: VALIDATION (400), AUTHORISATION.NOT_FOUND (404), AUTHORISATION.USED, AUTHORISATION.EXPIRED, AUTHORISATION.OTHER_SHOP (409), PLATFORM.REJECTED (409), PLATFORM.UNAVAILABLE (503).',
  })
  @ApiOkResponse({
    schema: {
      type: 'object',
      properties: {
        shopId: { type: 'string' },
        token: { type: 'object', properties: { state: { type: 'string', example: 'valid' } } },
      },
    },
  })
  @Open()
  @Get('authorisations/callback')
  complete(@Query() query: CallbackQuery): Promise<AuthorisationAnswer> {
    return this.desk.complete(query);
  }
}
