import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsInt, IsObject, IsOptional, IsString, Length, Matches, MaxLength, Min } from 'class-validator';
import { IsInstant } from '@app/shared';
import type { ShopRow, Switch } from './shop.types';

const CARRIER = /^[A-Za-z0-9_-]{1,40}$/;

/** A shop to be added. */
export class CreateShopDto {
  @ApiProperty({ example: 'taobao', description: 'Code of a platform that this installation knows' })
  @IsString()
  @Length(1, 40)
  platform!: string;

  @ApiProperty({ example: '旗舰店' })
  @IsString()
  @Length(1, 100)
  name!: string;

  @ApiProperty({ example: '2200001', description: 'The platform’s own id of the shop' })
  @IsString()
  @Length(1, 128)
  platformShopId!: string;

  @ApiProperty({ example: '12345678' })
  @IsString()
  @Length(1, 200)
  appKey!: string;

  @ApiProperty({ example: 'demo-app-secret', description: 'Stored encrypted, never shown' })
  @IsString()
  @Length(1, 500)
  appSecret!: string;

  @ApiPropertyOptional({
    type: Object,
    description: 'Further values that the platform’s credential schema asks for',
    example: {},
  })
  @IsOptional()
  @IsObject()
  credentials?: Record<string, unknown>;

  @ApiPropertyOptional({ description: 'A token that was granted already; stored encrypted, never shown' })
  @IsOptional()
  @IsString()
  @Length(1, 2_000)
  accessToken?: string;

  @ApiPropertyOptional()
  @IsOptional()
  @IsString()
  @Length(1, 2_000)
  refreshToken?: string;

  @ApiPropertyOptional({ example: '2027-11-01T00:00:00+08:00', description: 'End of the access token, real time' })
  @IsOptional()
  @IsInstant()
  expiresAt?: string;

  @ApiPropertyOptional({
    example: '2026-11-01T00:00:00+08:00',
    description: 'Orders placed before are stored and counted, never reserved, shipped or pushed. Default: now',
  })
  @IsOptional()
  @IsInstant()
  goLiveAt?: string;

  @ApiPropertyOptional({ example: 'ZTO', default: 'ZTO' })
  @IsOptional()
  @Matches(CARRIER)
  defaultCarrier?: string;
}

/** Changes of a shop. */
export class ChangeShopDto {
  @ApiProperty({ example: 1 })
  @IsInt()
  @Min(1)
  expectedVersion!: number;

  @ApiPropertyOptional({ example: '旗舰店' })
  @IsOptional()
  @IsString()
  @Length(1, 100)
  name?: string;

  @ApiPropertyOptional({ example: '2026-11-01T00:00:00+08:00' })
  @IsOptional()
  @IsInstant()
  goLiveAt?: string;

  @ApiPropertyOptional({ example: 'ZTO' })
  @IsOptional()
  @Matches(CARRIER)
  defaultCarrier?: string;
}

/** What shall rest or go on. */
export class SwitchShopDto {
  @ApiProperty({ enum: ['pull', 'push', 'ship-notice'], example: 'pull' })
  @IsIn(['pull', 'push', 'ship-notice'])
  what!: Switch;

  @ApiPropertyOptional({
    example: '2026-11-12T00:00:00+08:00',
    description: 'When it goes on by itself (business time); default: when resumed',
  })
  @IsOptional()
  @IsInstant()
  until?: string;

  @ApiPropertyOptional({ example: '大促锁库存' })
  @IsOptional()
  @IsString()
  @MaxLength(500)
  reason?: string;

  @ApiProperty({ example: 3 })
  @IsInt()
  @Min(1)
  expectedVersion!: number;
}

/** Token of a shop as callers see it. */
export class ShopTokenDto {
  @ApiProperty({ enum: ['missing', 'valid', 'expiring', 'expired', 'revoked'] }) state!: string;
  @ApiPropertyOptional() expiresAt?: string;
  @ApiPropertyOptional({ description: 'What the platform said when it refused the token' }) error?: string;
}

/** A shop as callers see it: no secret, no token. */
export class ShopDto {
  @ApiProperty({ example: 'shp_01hx3r8z0g5w0p6q7r8s9t0v1w' }) id!: string;
  @ApiProperty({ example: 'taobao' }) platform!: string;
  @ApiProperty({ example: '2200001' }) platformShopId!: string;
  @ApiProperty({ example: '旗舰店' }) name!: string;
  @ApiProperty() appKey!: string;
  @ApiProperty() goLiveAt!: string;
  @ApiProperty() defaultCarrier!: string;
  @ApiProperty({ type: ShopTokenDto }) token!: ShopTokenDto;
  @ApiProperty({ enum: ['on', 'paused'] }) pull!: string;
  @ApiProperty({ enum: ['off', 'on', 'paused'] }) push!: string;
  @ApiProperty({ enum: ['on', 'paused'] }) shipNotice!: string;
  @ApiProperty({ type: Object, description: 'Per paused part: until when and why' }) pauses!: Record<
    string,
    { until: string | null; reason: string | null }
  >;
  @ApiProperty() version!: number;
}

/** What a caller may see of a shop. */
export function toShopDto(shop: ShopRow): ShopDto {
  const pauses: ShopDto['pauses'] = {};
  if (shop.pull === 'paused')
    pauses['pull'] = { until: shop.pullUntil?.toISOString() ?? null, reason: shop.pullReason };
  if (shop.push === 'paused')
    pauses['push'] = { until: shop.pushUntil?.toISOString() ?? null, reason: shop.pushReason };
  if (shop.shipNotice === 'paused')
    pauses['ship-notice'] = { until: shop.shipNoticeUntil?.toISOString() ?? null, reason: shop.shipNoticeReason };
  return {
    id: shop.id,
    platform: shop.platform,
    platformShopId: shop.platformShopId,
    name: shop.name,
    appKey: shop.appKey,
    goLiveAt: shop.goLiveAt.toISOString(),
    defaultCarrier: shop.defaultCarrier,
    token: {
      state: shop.tokenState,
      ...(shop.tokenExpiresAt && { expiresAt: shop.tokenExpiresAt.toISOString() }),
      ...(shop.tokenError && { error: shop.tokenError }),
    },
    pull: shop.pull,
    push: shop.push,
    shipNotice: shop.shipNotice,
    pauses,
    version: shop.version,
  };
}
