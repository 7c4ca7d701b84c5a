import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';

/** Form of a token request; documents it, token.rules.ts checks it. */
export class TokenForm {
  @ApiProperty({ enum: ['client_credentials'], example: 'client_credentials' })
  grant_type!: string;

  @ApiPropertyOptional({ example: 'demo', description: 'Or by HTTP Basic' })
  client_id?: string;

  @ApiPropertyOptional({ example: 'demo-secret', description: 'Or by HTTP Basic' })
  client_secret?: string;

  @ApiPropertyOptional({
    example: 'orders:read inventory:read',
    description: 'Some of the client’s scopes; absent = all of them',
  })
  scope?: string;
}

/** Answer of the token endpoint. */
export class TokenAnswer {
  @ApiProperty({ example: 'eyJhbGciOiJFUzI1NiIsImtpZCI6…' })
  access_token!: string;

  @ApiProperty({ example: 'Bearer' })
  token_type!: 'Bearer';

  @ApiProperty({ example: 600, description: 'Seconds' })
  expires_in!: number;

  @ApiProperty({ example: 'orders:read inventory:read' })
  scope!: string;
}
