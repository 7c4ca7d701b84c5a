import { ApiProperty } from '@nestjs/swagger';
import { IsInt, IsString, Length, Min } from 'class-validator';

/** Most characters of a key; an RSA key of 4 096 bits has about 3 300. */
const MOST_KEY = 10_000;

/** Account from which a shop's bills are fetched. */
export class SetBillAccountDto {
  @ApiProperty({ example: '2021000000000001', description: 'App of the merchant at the payment provider' })
  @IsString()
  @Length(1, 64)
  appId!: string;

  @ApiProperty({
    example: 'MIIEvQIBADANBgkqhkiG9w0BAQEFAASC…',
    description: 'The merchant’s private key (PEM, or bare base64); stored encrypted, never shown',
  })
  @IsString()
  @Length(1, MOST_KEY)
  privateKeyPem!: string;

  @ApiProperty({
    example: 'MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A…',
    description: 'The provider’s public key (PEM, or bare base64), by which its answers are verified; stored encrypted',
  })
  @IsString()
  @Length(1, MOST_KEY)
  platformPublicKeyPem!: string;

  @ApiProperty({ example: 1, description: 'Version of the shop' })
  @IsInt()
  @Min(1)
  expectedVersion!: number;
}

/** Where a bill account stands: no key of it is ever shown. */
export class BillAccountDto {
  @ApiProperty({ example: 'shp_01hx3r8z0g5w0p6q7r8s9t0v1w' }) shopId!: string;
  @ApiProperty({ example: '2021000000000001' }) appId!: string;
  @ApiProperty({
    enum: ['unproven', 'working', 'refused'],
    description: 'unproven: set, and not used yet; refused: the provider refuses it',
  })
  state!: string;
  @ApiProperty({ description: 'Business time' }) setAt!: string;
  @ApiProperty({ example: '2026-11-01', description: 'First day whose bill is fetched' }) firstDay!: string;
  @ApiProperty({ description: 'Version of the shop' }) version!: number;
}
