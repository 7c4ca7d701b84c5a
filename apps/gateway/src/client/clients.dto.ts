import { PageQuery } from '@app/shared';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import {
  ArrayMaxSize,
  ArrayNotEmpty,
  ArrayUnique,
  IsArray,
  IsOptional,
  IsString,
  Length,
  MaxLength,
} from 'class-validator';
import type { ClientRow } from './client.repository';

/** A new client. */
export class CreateClientDto {
  @ApiProperty({ example: 'Warehouse Hangzhou', description: 'For people; need not be unique' })
  @IsString()
  @Length(1, 100)
  name!: string;

  @ApiProperty({
    example: ['logistics:read', 'logistics:write'],
    description: 'What the client may do; at most what the caller may do',
  })
  @IsArray()
  @ArrayNotEmpty()
  @ArrayUnique()
  @ArrayMaxSize(50)
  @IsString({ each: true })
  scopes!: string[];

  @ApiPropertyOptional({ example: ['shp_01jd…'], description: 'The only shops it may see and touch; absent = all' })
  @IsOptional()
  @IsArray()
  @ArrayNotEmpty()
  @ArrayUnique()
  @ArrayMaxSize(200)
  @IsString({ each: true })
  @MaxLength(64, { each: true })
  shops?: string[];

  @ApiPropertyOptional({ example: ['HZ1'], description: 'The only warehouses it may see and touch; absent = all' })
  @IsOptional()
  @IsArray()
  @ArrayNotEmpty()
  @ArrayUnique()
  @ArrayMaxSize(200)
  @IsString({ each: true })
  @MaxLength(64, { each: true })
  warehouses?: string[];
}

/** Which clients to list. */
export class ClientsQuery extends PageQuery {}

/** A client; its secret is never shown again. */
export class ClientAnswer {
  @ApiProperty({ example: 'cli_01jd…' })
  clientId!: string;
  @ApiProperty({ example: 'Warehouse Hangzhou' })
  name!: string;
  @ApiProperty({ example: ['logistics:read', 'logistics:write'] })
  scopes!: string[];
  @ApiProperty({ type: [String], nullable: true, example: null, description: 'null = all' })
  shops!: string[] | null;
  @ApiProperty({ type: [String], nullable: true, example: ['HZ1'], description: 'null = all' })
  warehouses!: string[] | null;
  @ApiProperty({ example: '2026-11-02T10:00:00.000Z' })
  createdAt!: string;
  @ApiProperty({ type: String, nullable: true, example: null })
  disabledAt!: string | null;
  @ApiProperty({ example: 1 })
  version!: number;
}

/** A client with its secret, which is shown this once. */
export class ClientWithSecretAnswer extends ClientAnswer {
  @ApiProperty({ example: 'pVb2…', description: 'Shown once; only its hash is kept' })
  clientSecret!: string;
}

/** A page of clients. */
export class ClientsAnswer {
  @ApiProperty({ type: [ClientAnswer] })
  items!: ClientAnswer[];
  @ApiProperty({ type: String, nullable: true, example: null })
  nextCursor!: string | null;
}

/** A client as it is shown. */
export function toClientAnswer(client: ClientRow): ClientAnswer {
  const { clientId, name, scopes, shops, warehouses, createdAt, disabledAt, version } = client;
  return {
    clientId,
    name,
    scopes,
    shops,
    warehouses,
    createdAt: createdAt.toISOString(),
    disabledAt: disabledAt?.toISOString() ?? null,
    version,
  };
}
