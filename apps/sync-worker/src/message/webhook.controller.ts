import { Controller, HttpCode, Injectable, Param, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { AppError, Open } from '@app/shared';
import { PlatformRegistry } from '@app/platforms';

/** What comes in by webhook; no platform built so far sends any. */
@Injectable()
export class WebhookService {
  constructor(private readonly registry: PlatformRegistry) {}

  /** Always throws: PLATFORM.UNKNOWN or PLATFORM.NO_WEBHOOK, both 404. */
  receive(platform: string): never {
    if (!this.registry.has(platform)) throw new AppError('PLATFORM.UNKNOWN', `There is no platform ${platform}.`);
    throw new AppError(
      'PLATFORM.NO_WEBHOOK',
      `Platform ${platform} sends no webhooks; its messages come by ${this.registry.get(platform).manifest.capabilities.pushTransport.join(' or ')}.`,
    );
  }
}

/** The platforms' own push; open, since the signature decides. */
@ApiTags('platforms')
@Controller('webhooks')
export class WebhookController {
  constructor(private readonly webhooks: WebhookService) {}

  @ApiOperation({
    summary: 'A platform’s webhook',
    description: 'Open; the signature decides. Errors: PLATFORM.UNKNOWN, PLATFORM.NO_WEBHOOK (404).',
  })
  @ApiParam({ name: 'shopOrAppId', description: 'The shop or the app whose message it is', example: '12345678' })
  @ApiOkResponse({ schema: { type: 'string', description: 'What the platform wants to read as receipt' } })
  @Open()
  @HttpCode(200)
  @Post(':platform/:shopOrAppId')
  receive(@Param('platform') platform: string): void {
    this.webhooks.receive(platform);
  }
}
