import { Controller, HttpCode, Param, Post, Req, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Open, rawBodyOf } from '@app/shared';
import { WebhookService } from './webhook.service';

type Fields = Readonly<Record<string, string | undefined>>;

/** The platforms' own push; open, since the signature decides. */
@ApiTags('platforms')
@Controller('webhooks')
export class WebhookController {
  constructor(private readonly webhooks: WebhookService) {}

  @ApiOperation({
    summary: 'A platform’s webhook',
    description:
      'Takes messages as the platform sends them. Open: the signature over the raw body decides. A message only causes a pull of what it names. Errors: PLATFORM.UNKNOWN, PLATFORM.NO_WEBHOOK, WEBHOOK.NOT_FOUND (404), WEBHOOK.BAD_SIGNATURE (401).',
  })
  @ApiParam({ name: 'platform', example: 'douyin' })
  @ApiParam({ name: 'shopOrAppId', description: 'The shop or the app whose message it is', example: '12345678' })
  @ApiOkResponse({ schema: { type: 'string', description: 'What the platform wants to read as receipt' } })
  @Open()
  @HttpCode(200)
  @Post(':platform/:shopOrAppId')
  async receive(
    @Param('platform') platform: string,
    @Param('shopOrAppId') shopOrAppId: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { status, contentType, body } = await this.webhooks.receive(platform, shopOrAppId, {
      headers: request.headers as Fields,
      query: request.query as Fields,
      rawBody: rawBodyOf(request),
    });
    await reply.status(status).header('content-type', contentType).send(body);
  }
}
