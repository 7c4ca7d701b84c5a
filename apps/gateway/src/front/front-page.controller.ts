import { Controller, Get, Header } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import { Open } from '@app/shared';
import { FrontPageService } from './front-page.service';

/** The demo's front page. */
@ApiTags('operation')
@Controller('/')
export class FrontPageController {
  constructor(private readonly front: FrontPageService) {}

  @ApiOperation({
    summary: 'Front page of the demo',
    description:
      'Open, in demo mode alone; shops, orders, holds and alarms of the demo company. Errors: NOT_FOUND (404, other modes).',
  })
  @ApiProduces('text/html')
  @ApiOkResponse({ description: 'HTML', content: { 'text/html': { schema: { type: 'string' } } } })
  @Open()
  @Header('content-type', 'text/html; charset=utf-8')
  @Header('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'")
  @Header('cache-control', 'no-store')
  @Get()
  page(): Promise<string> {
    return this.front.page();
  }
}
