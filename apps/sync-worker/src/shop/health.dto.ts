import { ApiProperty } from '@nestjs/swagger';

/** Health of a shop. */
export class ShopHealthDto {
  @ApiProperty({ type: Object, example: { state: 'valid' } }) token!: {
    state: string;
    expiresAt?: string;
    error?: string;
  };
  @ApiProperty({
    type: Object,
    example: { missing: [], refused: [] },
    description:
      'Permissions that the jobs need and the token lacks: by what the platform says of the token, or by what it refused within a day (real time)',
  })
  scopes!: { missing: string[]; refused: { method: string; neededFor: string[]; refusedAt: string }[] };
  @ApiProperty({
    type: Number,
    nullable: true,
    description: 'Platform time less ours; null when the platform did not answer',
  })
  clockSkewMs!: number | null;
  @ApiProperty({ type: Object, example: { subscribed: true } }) push!: { subscribed: boolean };
  @ApiProperty({
    type: Object,
    example: { state: 'missing' },
    description:
      'Account from which bills are fetched: not_needed, missing, unproven, working, or refused with the cause. It is set with PUT …/bill-account and never shown',
  })
  billAccount!: { state: string; appId?: string; error?: string };
  @ApiProperty({ type: Object, description: 'Per kind, real time' }) lastSuccess!: Record<string, string>;
  @ApiProperty({
    type: Object,
    description:
      'Per kind (orders, after-sales): real seconds since the moment up to which everything is pulled; null before the first pull',
  })
  lagSeconds!: Record<string, number | null>;
  @ApiProperty({ description: 'Pieces of work that failed and are still open' }) failures24h!: number;
  @ApiProperty({ type: 'array', items: { type: 'object' } }) failures!: {
    kind: string;
    subject: string;
    cause: string;
  }[];
  @ApiProperty({ type: [String] }) advice!: string[];
}
