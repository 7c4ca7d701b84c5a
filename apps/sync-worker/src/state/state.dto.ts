import { ApiProperty } from '@nestjs/swagger';

class KindStateDto {
  @ApiProperty({ example: 'orders' }) kind!: string;
  @ApiProperty({ type: String, nullable: true, description: 'Real time' }) lastSuccessAt!: string | null;
  @ApiProperty({ description: 'Up to where everything is read, or for listings and census planned (business time)' })
  completeTo!: string;
  @ApiProperty({ description: 'Real seconds since completeTo' }) lagSeconds!: number;
  @ApiProperty({ description: 'Change windows that are cut and not read yet' }) openWindows!: number;
}

class WorkStateDto {
  @ApiProperty({ description: 'Due and not running' }) waiting!: number;
  @ApiProperty() running!: number;
  @ApiProperty({ description: 'Failed and tried again by itself' }) failing!: number;
  @ApiProperty({ description: 'Given up; see GET /sync/v1/failed-jobs' }) dead!: number;
  @ApiProperty({ type: String, nullable: true, description: 'Since when the oldest of it is due (real time)' })
  oldestDueAt!: string | null;
}

class CensusStateDto {
  @ApiProperty({
    type: String,
    nullable: true,
    description: 'Every order placed before this (business time) is proven to be stored',
  })
  provenTo!: string | null;
  @ApiProperty() windowsProven!: number;
  @ApiProperty({ description: 'Windows that wait for their look, or have gaps or hidden rows' }) windowsOpen!: number;
  @ApiProperty({ description: 'Orders that were found missing or older and are not stored yet' }) openGaps!: number;
}

class TellingStateDto {
  @ApiProperty({ description: 'Stock numbers that are on their way or wait' }) numbersOpen!: number;
  @ApiProperty() numbersRefused!: number;
  @ApiProperty({ description: 'Numbers that the platform shows otherwise than it was told' }) numbersDrifted!: number;
  @ApiProperty({ description: 'Ship notices that the platform does not have yet' }) noticesOpen!: number;
}

/** How the synchronisation of one shop stands. */
export class ShopStateDto {
  @ApiProperty() shopId!: string;
  @ApiProperty() name!: string;
  @ApiProperty() platform!: string;
  @ApiProperty({ enum: ['good', 'behind', 'attention', 'stopped'] }) verdict!: string;
  @ApiProperty({ type: [String], description: 'What the verdict rests on; empty when it is good' }) reasons!: string[];
  @ApiProperty() token!: string;
  @ApiProperty({ type: Object, example: { pull: 'on', push: 'off', shipNotice: 'on' } }) switches!: {
    pull: string;
    push: string;
    shipNotice: string;
  };
  @ApiProperty({ type: [KindStateDto] }) kinds!: KindStateDto[];
  @ApiProperty({ type: WorkStateDto }) work!: WorkStateDto;
  @ApiProperty({ type: CensusStateDto }) census!: CensusStateDto;
  @ApiProperty({ type: TellingStateDto }) telling!: TellingStateDto;
  @ApiProperty({ description: 'Open alarms; see GET /sync/v1/alarms?open=true' }) alarms!: number;
}
