import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsOptional, IsString, Length } from 'class-validator';
import { PageQuery } from '@app/shared';

/** Switching pushing on. */
export class EnablePushDto {
  @ApiPropertyOptional({ default: false, description: 'Only show what would be told' })
  @IsOptional()
  @IsBoolean()
  dryRun?: boolean;
}

/** One listing SKU in the answer to switching on. */
export class EnablePushItem {
  @ApiProperty() listingId!: string;
  @ApiProperty() listingSkuId!: string;
  @ApiProperty() title!: string;
  @ApiProperty({ type: String, nullable: true }) merchantCode!: string | null;
  @ApiProperty({ type: Number, nullable: true, description: 'What the platform showed when listings were last read' })
  platformNow!: number | null;
  @ApiProperty({ type: Number, nullable: true, description: 'null: nothing would be told' }) wouldTell!: number | null;
  @ApiProperty({ type: Number, nullable: true }) difference!: number | null;
  @ApiProperty({ type: Object }) why!: unknown;
}

/** What switching on does, or would do. */
export class EnablePushAnswer {
  @ApiProperty() enabled!: boolean;
  @ApiProperty({ type: [EnablePushItem] }) items!: EnablePushItem[];
}

/** Filter of listings. */
export class ListingsQuery extends PageQuery {
  @ApiProperty()
  @IsString()
  @Length(1, 100)
  shopId!: string;
}

/** What a platform was told of a listing SKU. */
export class ListingPushDto {
  @ApiProperty() listingId!: string;
  @ApiProperty() listingSkuId!: string;
  @ApiProperty({ type: String, nullable: true }) title!: string | null;
  @ApiProperty() isLinked!: boolean;
  @ApiProperty({ type: Number, nullable: true }) platformNow!: number | null;
  @ApiProperty({ type: String, nullable: true, description: 'Business time' }) platformReadAt!: string | null;
  @ApiProperty({ type: Number, nullable: true, description: 'What the rule gives now' }) wanted!: number | null;
  @ApiProperty({ type: Number, nullable: true }) lastTold!: number | null;
  @ApiProperty({ type: String, nullable: true, description: 'Business time' }) lastToldAt!: string | null;
  @ApiProperty({ enum: ['never', 'accepted', 'pending', 'waiting', 'refused'] }) result!: string;
  @ApiProperty({ type: String, nullable: true }) waitingReason!: string | null;
  @ApiProperty({ type: String, nullable: true }) cause!: string | null;
  @ApiProperty({
    type: Object,
    nullable: true,
    description:
      'The number read after the last telling, and how far it is off; sales since then explain a negative one',
  })
  readBack!: { shown: number; drift: number } | null;

  @ApiProperty({
    type: Object,
    nullable: true,
    example: { state: 'off', since: '2026-11-11T00:10:00Z', cause: null },
    description:
      'Where the listing stands since a rule with autoShelf moved it first: taking-off, off, putting-back or on (business time); cause: why the platform refused the last move. null: no rule ever moved it',
  })
  shelf!: { state: string; since: string; cause: string | null } | null;

  @ApiProperty({
    type: Object,
    nullable: true,
    example: { reason: 'the platform showed 50, the rule gives 9', at: '2026-11-11T00:10:00Z', inARow: 1 },
    description: 'The last time (business time) at which the number was told again because of drift, and why',
  })
  repair!: { reason: string; at: string; inARow: number } | null;
}
