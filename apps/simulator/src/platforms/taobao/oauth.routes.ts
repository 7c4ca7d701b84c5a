import type { FastifyInstance } from 'fastify';
import type { Core } from '../../core/core';
import { TokenRefused, type TaobaoTokens } from './tokens';

type Fields = Record<string, string | undefined>;

function grant(tokens: TaobaoTokens, fields: Fields): Record<string, unknown> {
  const app = tokens.checkApp(fields.client_id ?? '', fields.client_secret ?? '');
  if (fields.grant_type === 'authorization_code') return tokens.answerCode(app, fields.code ?? '');
  if (fields.grant_type === 'refresh_token') return tokens.answerRefresh(app, fields.refresh_token ?? '');
  throw new TokenRefused('unsupported_grant_type', 'grant_type is invalidate');
}

const escapeHtml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');

/**
 * The page on which the seller agrees, and the token endpoint (Taobao sheet §3). With `shop` in the query the page
 * agrees at once for that shop and sends the browser back; without it the page lists the app's shops.
 */
export function registerOauth(server: FastifyInstance, core: Core, tokens: TaobaoTokens): void {
  server.get('/taobao/oauth/authorize', async (request, reply) => {
    const query = request.query as Fields;
    const app = core.story.app('taobao', query.client_id ?? '');
    if (!app || !query.redirect_uri || query.response_type !== 'code') {
      return reply.status(400).send({
        error: 'invalid_request',
        error_description: app ? 'redirect_uri is invalidate' : 'client_id is invalidate',
      });
    }
    const shops = core.story.allShops('taobao').filter((shop) => shop.appKey === app.appKey);
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
      return `<li><a href="/taobao/oauth/authorize?${escapeHtml(own.toString())}">${escapeHtml(shop.name)} (${shop.shopId})</a></li>`;
    });
    return reply
      .type('text/html; charset=utf-8')
      .send(
        `<!doctype html><meta charset="utf-8"><title>授权</title><h1>选择店铺并授权</h1><ul>${links.join('')}</ul>`,
      );
  });
  server.post('/taobao/oauth/token', async (request, reply) => {
    if (core.faults.strikes('taobao', 'down')) {
      request.raw.socket.destroy();
      return reply.hijack();
    }
    try {
      const answer = grant(tokens, { ...(request.query as Fields), ...((request.body ?? {}) as Fields) });
      core.log.flush();
      return await reply.send(answer);
    } catch (error) {
      if (!(error instanceof TokenRefused)) throw error;
      return reply.status(400).send({ error: error.error, error_description: error.description });
    }
  });
}
