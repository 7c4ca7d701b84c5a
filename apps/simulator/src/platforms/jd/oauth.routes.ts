import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Core } from '../../core/core';
import { cut } from '../../kit/wire-faults';
import { TokenRefused, type JdTokens } from './tokens';

type Fields = Record<string, string | undefined>;

function grant(tokens: JdTokens, by: 'code' | 'refresh', fields: Fields): Record<string, unknown> {
  const app = tokens.checkApp(fields.app_key ?? '', fields.app_secret ?? '');
  const wanted = by === 'code' ? 'authorization_code' : 'refresh_token';
  if (fields.grant_type !== wanted) throw new TokenRefused(302, `grant_type must be ${wanted}`);
  const shop = by === 'code' ? tokens.useCode(app, fields.code ?? '') : tokens.refresh(app, fields.refresh_token ?? '');
  return tokens.view(shop);
}

const escapeHtml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');

function agree(core: Core, tokens: JdTokens, query: Fields, reply: FastifyReply): FastifyReply {
  const app = core.story.app('jd', query.app_key ?? '');
  if (!app) return reply.status(400).send({ code: 101, msg: 'app_key does not exist' });
  if (!query.redirect_uri || query.response_type !== 'code')
    return reply.status(400).send({ code: 301, msg: 'redirect_uri or response_type is missing' });
  const shops = core.story.allShops('jd').filter((shop) => shop.appKey === app.appKey);
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
    return `<li><a href="/jd/oauth2/to_login?${escapeHtml(own.toString())}">${escapeHtml(shop.name)} (${shop.shopId})</a></li>`;
  });
  return reply
    .type('text/html; charset=utf-8')
    .send(`<!doctype html><meta charset="utf-8"><title>授权</title><h1>选择店铺并授权</h1><ul>${links.join('')}</ul>`);
}

/**
 * The page on which the seller agrees, and the token endpoints (JD sheet §3). With `shop` in the query the page agrees at
 * once for that shop; without it the page lists the app's shops.
 */
export function registerOauth(server: FastifyInstance, core: Core, tokens: JdTokens): void {
  server.get('/jd/oauth2/to_login', async (request, reply) => agree(core, tokens, request.query as Fields, reply));
  const serve = (by: 'code' | 'refresh') => async (request: FastifyRequest, reply: FastifyReply) => {
    if (core.faults.strikes('jd', 'down')) return cut(request, reply);
    void reply.header('date', new Date(core.clocks.wire('jd')).toUTCString());
    const fields = { ...(request.query as Fields), ...((request.body ?? {}) as Fields) };
    try {
      const answer = grant(tokens, by, fields);
      core.log.flush();
      return await reply.send(answer);
    } catch (error) {
      if (!(error instanceof TokenRefused)) throw error;
      return reply.send({ code: error.code, msg: error.msg, requestId: `jd${core.story.nextNumber()}` });
    }
  };
  for (const [path, by] of [
    ['access_token', 'code'],
    ['refresh_token', 'refresh'],
  ] as const)
    server.route({ method: ['GET', 'POST'], url: `/jd/oauth2/${path}`, handler: serve(by) });
}
