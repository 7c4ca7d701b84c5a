import { IsInstant, PageQuery } from '@app/shared';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, IsString, MaxLength } from 'class-validator';

/** Which entries to list. */
export class AuditQuery extends PageQuery {
  @ApiPropertyOptional({ example: 'cli_01jd…', description: 'Who did it' })
  @IsOptional()
  @IsString()
  @MaxLength(200)
  actor?: string;

  @ApiPropertyOptional({ example: 'cli_01jd…', description: 'What it was done to' })
  @IsOptional()
  @IsString()
  @MaxLength(200)
  subject?: string;

  @ApiPropertyOptional({ example: '2026-11-01T00:00:00+08:00', description: 'At or after' })
  @IsOptional()
  @IsInstant()
  from?: string;
}

/** An entry of the audit trail. */
export class AuditEntryAnswer {
  @ApiProperty({ example: 'aud_01jd…' })
  id!: string;
  @ApiProperty({ example: '2026-11-02T10:00:00.000Z' })
  at!: string;
  @ApiProperty({ example: 'cli_01jd…' })
  actor!: string;
  @ApiProperty({ example: 'client.disabled' })
  act!: string;
  @ApiProperty({ example: 'cli_01je…' })
  subject!: string;
  @ApiProperty({ type: String, nullable: true, example: null })
  purpose!: string | null;
  @ApiProperty({ example: {} })
  details!: unknown;
  @ApiProperty({ example: '8d0eb10f93444213832c04ea8ac5a69b' })
  traceId!: string;
  @ApiProperty({
    example: true,
    description: 'Whether the entry stands in the hash chain yet (about a second after the act)',
  })
  isSealed!: boolean;
}

/** A page of the audit trail. */
export class AuditAnswer {
  @ApiProperty({ type: [AuditEntryAnswer] })
  items!: AuditEntryAnswer[];
  @ApiProperty({ type: String, nullable: true, example: null })
  nextCursor!: string | null;
}
