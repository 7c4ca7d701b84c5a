import type { FastifyInstance } from 'fastify';
import type { Core } from '../../core/core';
import type { DouyinDesk } from './desk';
import type { DouyinTokens } from './tokens';

type Fields = Record<string, string | undefined>;

const escapeHtml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');

/**
 * The page on which the merchant agrees (Douyin sheet §3.1). `service_id` is the program's key here. With `shop` in the
 * query it agrees at once for that shop and sends the browser to the program's own address; without one it shows the
 * code.
 */
export function registerAuthorise(server: FastifyInstance, core: Core, tokens: DouyinTokens, desk: DouyinDesk): void {
  // Programs that know the page's whole address come to the first path, those that know its base to the second.
  for (const url of ['/douyin', '/douyin/authorize'])
    server.get(url, async (request, reply) => {
      const query = request.query as Fields;
      const app = core.story.app('douyin', query.service_id ?? '');
      const html = (status: number, body: string) =>
        reply
          .status(status)
          .type('text/html; charset=utf-8')
          .send(`<!doctype html><meta charset="utf-8"><title>授权</title>${body}`);
      if (!app) return html(400, '<h1>服务不存在</h1>');
      const shops = core.story.allShops('douyin').filter((shop) => shop.appKey === app.appKey);
      const chosen = shops.find((shop) => shop.shopId === query.shop);
      if (chosen) {
        const code = tokens.giveCode(app.appKey, chosen.shopId);
        core.log.flush();
        const target = query.redirect_uri || desk.settingsOf(app.appKey).redirectUrl;
        if (!target) return html(200, `<h1>授权成功</h1><p>code: <code>${code}</code></p>`);
        const back = new URL(target);
        back.searchParams.set('code', code);
        if (query.state) back.searchParams.set('state', query.state);
        return reply.redirect(back.toString());
      }
      const links = shops.map((shop) => {
        const own = new URLSearchParams({ ...(query as Record<string, string>), shop: shop.shopId });
        const address = escapeHtml(`/douyin/authorize?${own.toString()}`);
        return `<li><a href="${address}">${escapeHtml(shop.name)} (${shop.shopId})</a></li>`;
      });
      return html(200, `<h1>选择店铺并授权</h1><ul>${links.join('')}</ul>`);
    });
}
