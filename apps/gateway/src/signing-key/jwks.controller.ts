import { Controller, Get, Header } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Open } from '@app/shared';
import { SigningKeys, type PublicJwk } from './signing-keys.service';

/** The public keys that prove tokens. */
@ApiTags('identity')
@Controller('auth/jwks')
export class JwksController {
  constructor(private readonly keys: SigningKeys) {}

  @ApiOperation({
    summary: 'Public keys (JWKS)',
    description:
      'Open. Errors: RATE_LIMITED (429). ES256 keys by kid; a new key is published a minute before it signs.',
  })
  @ApiOkResponse({
    schema: {
      example: { keys: [{ kty: 'EC', crv: 'P-256', x: '…', y: '…', kid: 'key_01…', alg: 'ES256', use: 'sig' }] },
    },
  })
  @Open()
  @Header('cache-control', 'public, max-age=30')
  @Get()
  jwks(): Promise<{ keys: PublicJwk[] }> {
    return this.keys.publicKeys();
  }
}
