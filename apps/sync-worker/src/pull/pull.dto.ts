import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsIn, IsOptional, IsString, Length } from 'class-validator';
import { IsInstant } from '@app/shared';

export const PULL_KINDS = ['orders', 'order', 'listings', 'after-sales', 'bills'] as const;

/** A pull to be done now. */
export class StartPullDto {
  @ApiProperty({ enum: PULL_KINDS, example: 'orders' })
  @IsIn(PULL_KINDS)
  kind!: (typeof PULL_KINDS)[number];

  @ApiPropertyOptional({
    example: '2026-11-01T00:00:00+08:00',
    description:
      'For orders and after-sales: modified from here on; for bills: the day of this and later ones (business time)',
  })
  @IsOptional()
  @IsInstant()
  from?: string;

  @ApiPropertyOptional({
    example: '2026-11-02T00:00:00+08:00',
    description: 'For orders and after-sales: modified before; for bills: days that began before; default now',
  })
  @IsOptional()
  @IsInstant()
  to?: string;

  @ApiPropertyOptional({ example: '2231958349212345678', description: 'For one order' })
  @IsOptional()
  @IsString()
  @Length(1, 128)
  platformOrderNo?: string;

  @ApiPropertyOptional({ default: false, description: 'Only report what would change' })
  @IsOptional()
  @IsBoolean()
  dryRun?: boolean;
}

/** A pull as callers see it. */
export class PullDto {
  @ApiProperty({ example: 'pul_01hx3r8z0g5w0p6q7r8s9t0v1w' }) jobId!: string;
  @ApiProperty() kind!: string;
  @ApiProperty() dryRun!: boolean;
  @ApiProperty({ enum: ['running', 'done', 'failed'] }) state!: string;
  @ApiProperty({
    type: Object,
    nullable: true,
    description: 'Counts; for a dry run the orders that would be stored or updated; for a failure its cause',
  })
  result!: unknown;
}
