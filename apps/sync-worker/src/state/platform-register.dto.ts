import { ApiProperty } from '@nestjs/swagger';

class AssumptionDto {
  @ApiProperty({ example: 'TAOBAO_GATEWAY_URL', description: 'Environment variable' }) env!: string;
  @ApiProperty({ description: 'Meaning, unit and where the platform’s documents speak of it' }) meaning!: string;
  @ApiProperty({ description: 'In use here' }) value!: string;
  @ApiProperty() default!: string;
  @ApiProperty() isChanged!: boolean;
}

/** What is known of one platform. */
export class PlatformDto {
  @ApiProperty({ example: 'taobao' }) code!: string;
  @ApiProperty() name!: string;
  @ApiProperty({ description: 'Version of the port that the folder is written for' }) portVersion!: number;
  @ApiProperty({
    type: Object,
    nullable: true,
    example: { version: '2.0', checkedOn: '2026-11-01' },
    description: 'The edition of the platform’s interface that the folder follows, and when that was checked last',
  })
  api!: { version: string; checkedOn: string } | null;
  @ApiProperty({ type: Object }) capabilities!: unknown;
  @ApiProperty({ type: Object, description: 'Calls per second, per method' }) limits!: unknown;
  @ApiProperty({ type: Object, description: 'How spans of time are cut, per job, seconds' }) windows!: unknown;
  @ApiProperty({ type: [AssumptionDto] }) assumptions!: AssumptionDto[];
}

/** Every platform of this installation. */
export class PlatformsAnswer {
  @ApiProperty({ type: [PlatformDto] }) items!: PlatformDto[];
}
