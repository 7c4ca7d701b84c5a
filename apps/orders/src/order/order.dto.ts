import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import {
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  Matches,
  MaxLength,
  Min,
  MinLength,
} from 'class-validator';
import { PLATFORM_STATES } from '@app/contracts';
import { IsInstant, PageQuery } from '@app/shared';
import { afterSaleDto, AfterSaleDto, ReturnedGoodsDto } from '../after-sale/after-sale.dto';
import { componentsOf } from './order.rules';
import { ORDER_STATUSES, type Hold, type OrderAggregate, type OrderLine } from './order.types';

/** Filters of the list of orders. */
export class OrdersQuery extends PageQuery {
  @ApiPropertyOptional()
  @IsOptional()
  @IsString()
  @MaxLength(200)
  shopId?: string;

  @ApiPropertyOptional({ enum: ORDER_STATUSES })
  @IsOptional()
  @IsIn(ORDER_STATUSES)
  status?: string;

  @ApiPropertyOptional({ enum: PLATFORM_STATES })
  @IsOptional()
  @IsIn(PLATFORM_STATES)
  platformState?: string;

  @ApiPropertyOptional({ description: 'Type of an open hold, or `any`', example: 'buyer_remark' })
  @IsOptional()
  @IsString()
  @MaxLength(60)
  hold?: string;

  @ApiPropertyOptional({ example: '2231958349212345678' })
  @IsOptional()
  @IsString()
  @MaxLength(128)
  platformOrderNo?: string;

  @ApiPropertyOptional({
    description: 'Orders changed at or after this time, oldest change first',
    example: '2026-11-11T00:00:00+08:00',
  })
  @IsOptional()
  @IsInstant()
  updatedFrom?: string;
}

/** What a reader wants beside the order itself. */
export class OrderQuery {
  @ApiPropertyOptional({
    description: '`raw` (needs pii:read, is logged), `log`, or both with a comma',
    example: 'log',
  })
  @IsOptional()
  @Transform(({ value }) => (typeof value === 'string' ? value.split(',') : (value as unknown)))
  @IsArray()
  @IsIn(['raw', 'log'], { each: true })
  include: string[] = [];
}

/** Body of every act on an order. */
export class OrderActDto {
  @ApiProperty({ example: 7, description: 'Version that the caller has seen' })
  @IsInt()
  @Min(1)
  expectedVersion!: number;

  @ApiProperty({ example: '客服已确认', description: 'Why; stands in the log' })
  @IsString()
  @MinLength(1)
  @MaxLength(500)
  reason!: string;
}

/** Body of `hold`. */
export class HoldActDto extends OrderActDto {
  @ApiPropertyOptional({
    type: String,
    default: 'manual',
    description: 'manual, or a type of the merchant’s own: lower case, digits and _',
    example: 'manual',
  })
  @IsOptional()
  @Matches(/^[a-z][a-z0-9_]{1,49}$/)
  type = 'manual';

  @ApiPropertyOptional({ example: '小王', description: 'Who sees to it; default: the caller' })
  @IsOptional()
  @IsString()
  @MaxLength(100)
  owner?: string;

  @ApiPropertyOptional({ example: '2026-11-12T09:00:00+08:00', description: 'Released by itself at this time' })
  @IsOptional()
  @IsInstant()
  releaseAt?: string;
}

/** Body of `release-hold`. */
export class ReleaseHoldDto extends OrderActDto {
  @ApiProperty({ example: 'hld_01hx3r8z0g5w0p6q7r8s9t0v1w' })
  @IsString()
  @MaxLength(60)
  holdId!: string;
}

/** Body of `urgent`. */
export class UrgentActDto extends OrderActDto {
  @ApiPropertyOptional({ type: Boolean, default: true })
  @IsOptional()
  @IsBoolean()
  isUrgent = true;
}

/** An open hold. */
export class HoldDto {
  @ApiProperty() id!: string;
  @ApiProperty({ example: 'buyer_remark' }) type!: string;
  @ApiProperty() reason!: string;
  @ApiProperty() owner!: string;
  @ApiProperty() since!: string;
  @ApiProperty({ type: String, nullable: true }) releaseAt!: string | null;
}

/** A line; quantities in pieces of the line. */
export class OrderLineDto {
  @ApiProperty() id!: string;
  @ApiProperty() platformLineNo!: string;
  @ApiProperty() listingId!: string;
  @ApiProperty() listingSkuId!: string;
  @ApiProperty({ type: String, nullable: true, description: 'Null while the listing is not linked, and for bundles' })
  skuCode!: string | null;
  @ApiProperty({ type: 'array', items: { type: 'object' }, description: 'SKUs of one piece' }) components!: {
    skuId: string;
    skuCode: string;
    quantity: number;
  }[];
  @ApiProperty() title!: string;
  @ApiProperty() specText!: string;
  @ApiProperty() quantity!: number;
  @ApiProperty() cancelled!: number;
  @ApiProperty() reserved!: number;
  @ApiProperty() shipped!: number;
  @ApiProperty() noStock!: boolean;
  @ApiProperty() unitPriceFen!: number;
  @ApiProperty() discountFen!: number;
  @ApiProperty() paidFen!: number;
  @ApiProperty({ description: 'The newest statement of the order and its after-sales' }) refundState!: string;
  @ApiProperty({ description: 'What was given back and counts, in fen; never more than paidFen' }) refundedFen!: number;
  @ApiProperty({
    type: String,
    nullable: true,
    enum: PLATFORM_STATES,
    description: 'Where the platform says that the line stands; null when it does not say',
  })
  platformLineState!: string | null;
}

/** A fulfilment of the order. */
export class OrderFulfilmentDto {
  @ApiProperty() id!: string;
  @ApiProperty() warehouse!: string;
  @ApiProperty() state!: string;
  @ApiProperty() revision!: number;
  @ApiProperty() reason!: string;
}

/** A parcel of the order that came back, as it was counted and graded. */
export class OrderReturnDto {
  @ApiProperty() id!: string;
  @ApiProperty() warehouse!: string;
  @ApiProperty() waybillNo!: string;
  @ApiProperty({ type: String, nullable: true, description: 'The parcel that went out and came back unopened' })
  parcelId!: string | null;
  @ApiProperty() receivedAt!: string;
  @ApiProperty({ type: [ReturnedGoodsDto] }) lines!: ReturnedGoodsDto[];
}

/** An order as people and programs see it. */
export class OrderDto {
  @ApiProperty({ example: 'ord_01hx3r8z0g5w0p6q7r8s9t0v1w' }) id!: string;
  @ApiProperty() shopId!: string;
  @ApiProperty({ example: 'taobao' }) platform!: string;
  @ApiProperty() platformOrderNo!: string;
  @ApiProperty({ type: String, nullable: true }) parentOrderNo!: string | null;
  @ApiProperty({ enum: ORDER_STATUSES }) status!: string;
  @ApiProperty({ enum: PLATFORM_STATES }) platformState!: string;
  @ApiProperty({ type: String, nullable: true, description: 'Raw status that nobody knows' }) unknownStatus!:
    string | null;
  @ApiProperty() review!: string;
  @ApiProperty() stock!: string;
  @ApiProperty() fulfilment!: string;
  @ApiProperty() afterSale!: string;
  @ApiProperty() notice!: string;
  @ApiProperty({ type: [HoldDto] }) holds!: HoldDto[];
  @ApiProperty({ type: [String] }) flags!: string[];
  @ApiProperty({
    description: 'False for orders placed before the shop went live: stored and counted, never worked on',
  })
  isLive!: boolean;
  @ApiProperty() isUrgent!: boolean;
  @ApiProperty() placedAt!: string;
  @ApiProperty({ type: String, nullable: true }) paidAt!: string | null;
  @ApiProperty({ type: String, nullable: true }) shipBy!: string | null;
  @ApiProperty() currency!: string;
  @ApiProperty({ type: Object, description: 'As the platform states them, in fen' }) amounts!: object;
  @ApiProperty({ description: 'What the amounts leave unexplained, in fen' }) unexplainedFen!: number;
  @ApiProperty({ type: Object, description: 'Masked' }) receiver!: object;
  @ApiProperty({ type: Object }) buyer!: { id: string; nick: string };
  @ApiProperty() buyerMessage!: string;
  @ApiProperty() sellerMemo!: string;
  @ApiProperty({ type: Number, nullable: true }) flag!: number | null;
  @ApiProperty({ type: [OrderLineDto] }) lines!: OrderLineDto[];
  @ApiProperty({ type: [OrderFulfilmentDto] }) fulfilments!: OrderFulfilmentDto[];
  @ApiProperty({ type: [AfterSaleDto] }) afterSales!: AfterSaleDto[];
  @ApiProperty({ type: [OrderReturnDto], description: 'Parcels that came back' }) returns!: OrderReturnDto[];
  @ApiProperty() createdAt!: string;
  @ApiProperty() updatedAt!: string;
  @ApiProperty() version!: number;
  @ApiPropertyOptional({ description: 'Text as received; only with include=raw' }) raw?: string;
  @ApiPropertyOptional({ type: 'array', items: { type: 'object' }, description: 'Only with include=log, oldest first' })
  log?: OrderLogDto[];
}

/** A row of the order's log. */
export class OrderLogDto {
  @ApiProperty() version!: number;
  @ApiProperty() at!: string;
  @ApiProperty() actor!: string;
  @ApiProperty() reason!: string;
  @ApiProperty({ type: [String] }) changes!: string[];
}

/** A page of orders. */
export class OrderPageDto {
  @ApiProperty({ type: [OrderDto] }) items!: OrderDto[];
  @ApiProperty({ type: String, nullable: true }) nextCursor!: string | null;
}

/** Counts for a dashboard. */
export class OrdersSummaryDto {
  @ApiProperty({ type: 'array', items: { type: 'object' }, example: [{ status: 'held', count: 3 }] }) items!: {
    status: string;
    count: number;
  }[];
  @ApiProperty({ type: 'array', items: { type: 'object' }, example: [{ type: 'buyer_remark', count: 2 }] }) holds!: {
    type: string;
    count: number;
  }[];
}

const textOf = (at: Date | null): string | null => at?.toISOString() ?? null;

function lineDto(line: OrderLine): OrderLineDto {
  const components = componentsOf(line);
  const only = components.length === 1 ? components[0]! : undefined;
  const {
    platformLineNo,
    listingId,
    listingSkuId,
    title,
    specText,
    quantity,
    cancelled,
    reserved,
    shipped,
    noStock,
    unitPriceFen,
    discountFen,
    paidFen,
    refundState,
    refundedFen,
    platformLineState,
  } = line;
  return {
    id: line.lineId,
    platformLineNo,
    listingId,
    listingSkuId,
    skuCode: only?.skuCode ?? null,
    components,
    title,
    specText,
    quantity,
    cancelled,
    reserved,
    shipped,
    noStock,
    unitPriceFen,
    discountFen,
    paidFen,
    refundState,
    refundedFen,
    platformLineState,
  };
}

const holdDto = ({ holdId, type, reason, owner, since, releaseAt }: Hold): HoldDto => ({
  id: holdId,
  type,
  reason,
  owner,
  since: since.toISOString(),
  releaseAt: textOf(releaseAt),
});

/** What callers see of an order. The receiver is masked; what the platform can decipher is never here. */
export function orderDto(aggregate: OrderAggregate): OrderDto {
  const { order, lines, holds, fulfilments, afterSales, returns } = aggregate;
  const {
    shopId,
    platform,
    platformOrderNo,
    parentOrderNo,
    status,
    platformState,
    unknownStatus,
    review,
    stock,
    fulfilment,
    afterSale,
    notice,
    flags,
    isLive,
    isUrgent,
    currency,
    amounts,
    unexplainedFen,
    receiver,
    buyerMessage,
    sellerMemo,
    version,
  } = order;
  return {
    id: order.orderId,
    ...{
      shopId,
      platform,
      platformOrderNo,
      parentOrderNo,
      status,
      platformState,
      unknownStatus,
      review,
      stock,
      fulfilment,
      afterSale,
      notice,
    },
    holds: holds.filter(({ closedAt }) => closedAt === null).map(holdDto),
    ...{ flags, isLive, isUrgent },
    placedAt: order.placedAt.toISOString(),
    paidAt: textOf(order.paidAt),
    shipBy: textOf(order.shipBy),
    ...{ currency, amounts, unexplainedFen, receiver },
    buyer: { id: order.buyerId, nick: order.buyerNick },
    buyerMessage,
    sellerMemo,
    flag: order.memoFlag,
    lines: lines.map(lineDto),
    fulfilments: fulfilments.map(({ fulfilmentId, warehouse, state, revision, reason }) => ({
      id: fulfilmentId,
      warehouse,
      state,
      revision,
      reason,
    })),
    afterSales: afterSales.map(afterSaleDto),
    returns: returns.map(({ returnId, warehouse, waybillNo, parcelId, receivedAt, lines: goods }) => ({
      ...{ id: returnId, warehouse, waybillNo, parcelId, receivedAt: receivedAt.toISOString(), lines: goods },
    })),
    createdAt: order.createdAt.toISOString(),
    updatedAt: order.updatedAt.toISOString(),
    version,
  };
}
