import { Body, Controller, Get, Headers, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { FromCaller, Scopes, type Caller } from '@app/shared';
import { NewProductDto, ProductDto, ProductsAnswerDto, ProductsQuery } from './product.dto';
import { ProductService } from './product.service';

/** The merchant's products. */
@ApiTags('products')
@ApiBearerAuth()
@Controller('v1/products')
export class ProductController {
  constructor(private readonly products: ProductService) {}

  @ApiOperation({
    summary: 'Make a product with its SKUs',
    description:
      'Listings that carry a new SKU’s code as merchant code are linked at once. 409 PRODUCT.CODE_TAKEN, 409 SKU.CODE_TAKEN, 409 BARCODE.TAKEN, 409 IDEMPOTENCY.KEY_REUSED, 400 VALIDATION. Scope: catalog:write.',
  })
  @ApiCreatedResponse({ type: ProductDto })
  @Scopes('catalog:write')
  @Post()
  create(
    @FromCaller() caller: Caller,
    @Body() body: NewProductDto,
    @Headers('idempotency-key') key?: string,
  ): Promise<ProductDto> {
    return this.products.create(caller, body, key);
  }

  @ApiOperation({
    summary: 'List products with their SKUs',
    description: '400 VALIDATION, 400 CURSOR.INVALID. Scope: catalog:read.',
  })
  @ApiOkResponse({ type: ProductsAnswerDto })
  @Scopes('catalog:read')
  @Get()
  list(@FromCaller() caller: Caller, @Query() query: ProductsQuery): Promise<ProductsAnswerDto> {
    return this.products.list(caller, query);
  }
}
