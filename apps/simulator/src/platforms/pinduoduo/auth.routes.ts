import type { FastifyInstance } from 'fastify';
import type { Core } from '../../core/core';
import type { PinduoduoTokens } from './tokens';

const PATH = '/pinduoduo/service-market/auth';

type Fields = Record<string, string | undefined>;

const escapeHtml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');

/**
 * The page on which the main account of a shop agrees (Pinduoduo sheet §3). With `shop` in the query it agrees at once for
 * that shop and sends the browser back; without it the page lists the app's shops.
 */
export function registerAuth(server: FastifyInstance, core: Core, tokens: PinduoduoTokens): void {
  server.get(PATH, async (request, reply) => {
    const query = request.query as Fields;
    const app = core.story.app('pinduoduo', query.client_id ?? '');
    if (!app || !query.redirect_uri || query.response_type !== 'code')
      return reply.status(400).send({ error_msg: app ? 'redirect_uri错误' : 'client_id错误' });
    const shops = core.story.allShops('pinduoduo').filter((shop) => shop.appKey === app.appKey);
    const chosen = shops.find((shop) => shop.shopId === query.shop);
    if (chosen) {
      const back = new URL(query.redirect_uri);
      back.searchParams.set('code', tokens.giveCode(app.appKey, chosen.shopId));
      if (query.state) back.searchParams.set('state', query.state);
      core.log.flush();
      return reply.redirect(back.toString());
    }
    const links = shops.map((shop) => {
      const own = new URLSearchParams({ ...(query as Record<string, string>), shop: shop.shopId });
      return `<li><a href="${PATH}?${escapeHtml(own.toString())}">${escapeHtml(shop.name)} (${shop.shopId})</a></li>`;
    });
    return reply
      .type('text/html; charset=utf-8')
      .send(
        `<!doctype html><meta charset="utf-8"><title>授权</title><h1>选择店铺并授权</h1><ul>${links.join('')}</ul>`,
      );
  });
}
