import { Controller, Header, HttpCode, Post, Req } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Open } from '@app/shared';
import type { FastifyRequest } from 'fastify';
import { TokenAnswer, TokenForm } from './token.dto';
import { TokenService } from './token.service';

/** Where clients get their tokens. */
@ApiTags('identity')
@Controller('auth/token')
export class TokenController {
  constructor(private readonly tokens: TokenService) {}

  @ApiOperation({
    summary: 'Get a token (client credentials)',
    description:
      'Open. Tokens live 600 s. Errors: AUTH.INVALID_CLIENT (401), VALIDATION (400: grant type, scope), RATE_LIMITED (429).',
  })
  @ApiConsumes('application/x-www-form-urlencoded')
  @ApiBody({ type: TokenForm })
  @ApiOkResponse({ type: TokenAnswer })
  @Open()
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @Post()
  token(@Req() request: FastifyRequest): Promise<TokenAnswer> {
    return this.tokens.grant(request.body, request.headers.authorization);
  }
}
