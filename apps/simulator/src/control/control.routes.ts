import type { FastifyInstance } from 'fastify';
import type { Core } from '../core/core';
import { FAULT_KINDS, type FaultKind, type FaultSetting } from '../core/fault-injector';
import { ActRefused } from '../core/happen';
import type { PartDesk, SimulatorPart } from '../core/part';
import { HOUR, SECOND, toIso } from '../core/times';
import type { Arrivals } from '../seed/arrivals';
import { DEFAULT_MIX, NAMED_MIXES, seedShops, type SeedOrder } from '../seed/generator';
import { addApp, listApps } from './apps';
import { badRequest, ControlError, notFound } from './control.errors';
import { bodyOf, instant, numberIn, optionalText, text, type Body } from './control.input';
import { actOn } from './order-acts';
import { placeByHand } from './place';
import { tellOrder, tellTruth, TRUTH_KINDS, type TruthKind } from './truth';

function tellClock(core: Core, parts: Map<string, SimulatorPart>): Body {
  const line = core.clocks.current();
  const wire = Object.fromEntries(
    [...parts.keys()].map((platform) => [
      platform,
      core.clocks.isWireReal(platform) ? 'real' : toIso(core.clocks.wire(platform)),
    ]),
  );
  return {
    story: toIso(core.now()),
    rate: line.rate,
    epoch: line.epoch,
    wireAnchor: toIso(line.wire),
    storyAnchor: toIso(line.story),
    wire,
  };
}

function setClock(core: Core, parts: Map<string, SimulatorPart>, body: Body): Body {
  if (body.storyRate !== undefined) core.clocks.setRate(numberIn(body, 'storyRate', 0, 100_000));
  if (body.platform !== undefined) {
    const platform = text(body, 'platform');
    if (!parts.has(platform)) throw notFound(`No platform is named ${platform}.`);
    core.clocks.setWire(platform, body.wire === 'real' ? null : instant(body.wire, 'wire'));
  }
  return tellClock(core, parts);
}

function setFaults(core: Core, body: Body): Body {
  const faults = (Array.isArray(body.faults) ? body.faults : []).map((entry): FaultSetting => {
    const fault = bodyOf(entry);
    const kind = text(fault, 'kind');
    if (!(FAULT_KINDS as readonly string[]).includes(kind))
      throw badRequest(`kind must be one of ${FAULT_KINDS.join(', ')}, not ${kind}.`);
    const method = optionalText(fault, 'method');
    return {
      kind: kind as FaultKind,
      p: numberIn(fault, 'p', 0, 1, 1),
      ...(fault.seconds === undefined ? {} : { seconds: numberIn(fault, 'seconds', 0, 1e9) }),
      ...(method === undefined ? {} : { method }),
      ...(fault.times === undefined ? {} : { times: numberIn(fault, 'times', 1, 1e9) }),
    };
  });
  core.faults.set(text(body, 'platform'), faults);
  return { items: core.faults.list() };
}

/** A mix by its name, or the weights themselves. */
function mixOf(body: Body): Readonly<Record<string, number>> | undefined {
  if (body.mix === undefined) return undefined;
  if (typeof body.mix === 'string') {
    const named = NAMED_MIXES[body.mix];
    if (!named) throw badRequest(`mix must be one of ${Object.keys(NAMED_MIXES).join(', ')}, or weights.`);
    return named;
  }
  const weights = bodyOf(body.mix);
  const unknown = Object.keys(weights).filter((kind) => !(kind in DEFAULT_MIX));
  if (unknown.length > 0)
    throw badRequest(`mix names ${unknown.join(', ')}; known kinds: ${Object.keys(DEFAULT_MIX).join(', ')}.`);
  return Object.fromEntries(Object.keys(weights).map((kind) => [kind, numberIn(weights, kind, 0, 1e9)]));
}

function seed(core: Core, arrivals: Arrivals, body: Body): Body {
  const platformShopId = optionalText(body, 'platformShopId');
  const platform = text(body, 'platform');
  if (platformShopId !== undefined && !core.story.shop(platform, platformShopId))
    throw notFound(`No shop ${platformShopId} exists on ${platform}.`);
  const mix = mixOf(body);
  const asked: SeedOrder = {
    platform,
    ...(platformShopId === undefined ? {} : { platformShopId }),
    seed: numberIn(body, 'seed', 0, 1e12, 42),
    orders: numberIn(body, 'orders', 0, 5_000_000, 0),
    listings: numberIn(body, 'listings', 0, 100_000, 20),
    days: numberIn(body, 'days', 0, 1_000, 7),
    stock: numberIn(body, 'stock', 0, 1e9, 100),
    ...(mix === undefined ? {} : { mix }),
    ...(body.specials === false ? { specials: false } : {}),
    ...(body.ahead === true ? { isAhead: true } : {}),
  };
  const made = seedShops(core, asked);
  if (!asked.isAhead || asked.orders === 0) return { ...made };
  arrivals.add(core, asked);
  return { ...made, planned: asked.orders };
}

function setToken(
  core: Core,
  platform: string | undefined,
  appKey: string,
  shopId: string,
  state: 'valid' | 'revoked',
): Body {
  const shop = core.story.allShops(platform).find((one) => one.shopId === shopId && one.appKey === appKey);
  if (!shop) throw notFound(`App ${appKey} has no shop ${shopId}.`);
  const { revokedUntil: _ended, ...rest } = shop;
  core.story.putShop({ ...rest, tokenState: state });
  return { platformShopId: shopId, tokenState: state };
}

type Query = Record<string, string | undefined>;

function truth(core: Core, query: Query): Body {
  const kind = query.kind ?? 'orders';
  if (!(TRUTH_KINDS as readonly string[]).includes(kind))
    throw badRequest(`kind must be one of ${TRUTH_KINDS.join(', ')}.`);
  const limit = numberIn(query, 'limit', 1, 1_000, 100);
  return tellTruth(
    core,
    text(query, 'platform'),
    kind as TruthKind,
    optionalText(query, 'platformShopId'),
    numberIn(query, 'cursor', 0, 1e15, 0),
    limit,
  );
}

/** Orders by hand: placing, looking, and every act. */
function addOrderRoutes(control: FastifyInstance, core: Core): void {
  control.post<{ Params: { platform: string } }>('/platforms/:platform/orders', async (request) =>
    tellOrder(placeByHand(core, request.params.platform, bodyOf(request.body))),
  );
  control.get<{ Params: { platform: string; no: string } }>('/platforms/:platform/orders/:no', async ({ params }) => {
    const order = core.story.order(params.platform, params.no);
    if (!order) throw notFound(`No order ${params.no} exists on ${params.platform}.`);
    return tellOrder(order);
  });
  control.post<{ Params: { platform: string; no: string; act: string } }>(
    '/platforms/:platform/orders/:no/:act',
    async (request) => {
      const { platform, no, act } = request.params;
      return tellOrder(actOn(core, platform, no, act, bodyOf(request.body)));
    },
  );
}

/** What is controlled. */
export interface Controlled {
  core: Core;
  parts: Map<string, SimulatorPart>;
  desks: ReadonlyMap<string, PartDesk>;
  arrivals: Arrivals;
}

/** Adds `/_control/…`: apps, clock, seed, advance, acts, faults, truth. */
export function registerControl(server: FastifyInstance, { core, parts, desks, arrivals }: Controlled): void {
  void server.register(
    async (control) => {
      control.setErrorHandler((error: Error, _request, reply) => {
        const known =
          error instanceof ControlError
            ? error
            : error instanceof ActRefused
              ? new ControlError(409, 'CONTROL.STATE_FORBIDS', error.message)
              : undefined;
        const status =
          known?.status ?? ('statusCode' in error && typeof error.statusCode === 'number' ? error.statusCode : 500);
        const code = known?.code ?? (status < 500 ? 'VALIDATION' : 'CONTROL.BUG');
        void reply
          .status(status)
          .send({ type: `https://huidian.dev/errors/${code}`, title: code, status, code, detail: error.message });
      });
      control.addHook('preHandler', async () => core.catchUp());
      control.addHook('onSend', async (_request, _reply, payload) => {
        core.log.flush();
        return payload;
      });
      control.get('/apps', async () => listApps(core, parts, desks));
      control.post('/apps', async (request) => addApp(core, parts, desks, bodyOf(request.body)));
      control.post<{ Params: { appKey: string; shopId: string } }>(
        '/apps/:appKey/shops/:shopId/revoke',
        async ({ params, query }) => setToken(core, (query as Query).platform, params.appKey, params.shopId, 'revoked'),
      );
      control.post<{ Params: { appKey: string; shopId: string } }>(
        '/apps/:appKey/shops/:shopId/restore',
        async ({ params, query }) => setToken(core, (query as Query).platform, params.appKey, params.shopId, 'valid'),
      );
      control.get('/clock', async () => tellClock(core, parts));
      control.put('/clock', async (request) => setClock(core, parts, bodyOf(request.body)));
      control.post('/seed', async (request) => seed(core, arrivals, bodyOf(request.body)));
      control.get('/seed', async () => ({ items: arrivals.tell() }));
      control.post('/advance', async (request) => {
        const body = bodyOf(request.body);
        core.clocks.advance(
          numberIn(body, 'hours', 0, 24 * 365, 0) * HOUR + numberIn(body, 'seconds', 0, 1e9, 0) * SECOND,
        );
        core.catchUp();
        return tellClock(core, parts);
      });
      addOrderRoutes(control, core);
      control.put('/faults', async (request) => setFaults(core, bodyOf(request.body)));
      control.get('/faults', async () => ({ items: core.faults.list() }));
      control.get('/truth', async (request) => truth(core, request.query as Query));
    },
    { prefix: '/_control' },
  );
}
