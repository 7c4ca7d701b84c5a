import { request as httpRequest } from 'node:http';
import {
  startFakeService,
  startGatewayFixture,
  type FakeService,
  type GatewayFixture,
} from '../testing/gateway.fixture';
import { PROXY_BODY_LIMIT } from './service-proxy';

describe('the way to the services', () => {
  let gateway: GatewayFixture;
  let orders: FakeService;
  let sync: FakeService;

  beforeAll(async () => {
    orders = await startFakeService((seen, response) => {
      if (seen.url.startsWith('/orders/v1/busy'))
        return void response
          .writeHead(503, { 'content-type': 'application/problem+json', 'retry-after': '1' })
          .end('{"code":"DATABASE.UNAVAILABLE"}');
      if (seen.url.startsWith('/orders/v1/hang')) return undefined;
      if (seen.url.startsWith('/orders/v1/cut')) return void response.destroy();
      return void response
        .writeHead(207, { 'content-type': 'text/plain; charset=utf-8', 'x-own': 'yes' })
        .end(`${seen.method} ${seen.url} ${seen.body.length}`);
    });
    sync = await startFakeService((seen, response) => void response.end(seen.url));
    gateway = await startGatewayFixture({
      ORDERS_URL: orders.url,
      SYNC_URL: sync.url,
      GATEWAY_PROXY_TIMEOUT_MS: '400',
    });
  });
  beforeEach(() => {
    orders.seen.length = 0;
  });
  afterAll(async () => {
    await gateway.close();
    await orders.close();
    await sync.close();
  });

  it('passes path, query, body, token and trace id unchanged, and the answer back', async () => {
    const body = '{"id": 900719925474099267, "text":"汇店"}';
    const response = await fetch(`${gateway.url}/orders/v1/platform-orders?a=%E6%B1%87&b=1&b=2`, {
      method: 'PUT',
      headers: {
        'content-type': 'application/json',
        authorization: 'Bearer abc',
        'x-trace-id': 'trace-0001',
        'idempotency-key': 'k1',
      },
      body,
    });
    expect(response.status).toBe(207);
    expect(response.headers.get('x-own')).toBe('yes');
    expect(response.headers.get('x-trace-id')).toBe('trace-0001');
    expect(await response.text()).toBe(`PUT /orders/v1/platform-orders?a=%E6%B1%87&b=1&b=2 ${Buffer.byteLength(body)}`);
    expect(orders.seen[0]!.body.toString()).toBe(body);
    expect(orders.seen[0]!.headers).toMatchObject({
      authorization: 'Bearer abc',
      'x-trace-id': 'trace-0001',
      'idempotency-key': 'k1',
      'content-type': 'application/json',
      'x-forwarded-for': '127.0.0.1',
    });
  });

  it('passes forms and multipart bodies as they are', async () => {
    const form = 'a=1&b=%20';
    await fetch(`${gateway.url}/orders/v1/x`, {
      method: 'POST',
      body: form,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    const data = new FormData();
    data.set('file', new Blob(['x,y\n']), 'bill.csv');
    await fetch(`${gateway.url}/orders/v1/x`, { method: 'POST', body: data });
    expect(orders.seen[0]!.body.toString()).toBe(form);
    expect(orders.seen[1]!.body.toString()).toContain('filename="bill.csv"');
  });

  it('makes a trace id for the service when the caller gave none', async () => {
    const response = await fetch(`${gateway.url}/orders/v1/x`);
    expect(orders.seen[0]!.headers['x-trace-id']).toMatch(/^[a-f0-9]{32}$/);
    expect(response.headers.get('x-trace-id')).toBe(orders.seen[0]!.headers['x-trace-id']);
  });

  it('leads the webhooks of platforms to sync, without a token', async () => {
    expect(await (await fetch(`${gateway.url}/webhooks/taobao/1?x=1`, { method: 'POST', body: 'raw' })).text()).toBe(
      '/webhooks/taobao/1?x=1',
    );
  });

  it('answers 503 SERVICE.UNAVAILABLE with retry-after for a service that is dead, hangs or breaks off, and asks it once', async () => {
    for (const path of ['/inventory/v1/stock', '/orders/v1/hang', '/orders/v1/cut']) {
      orders.seen.length = 0;
      const response = await fetch(`${gateway.url}${path}`);
      expect(response.status).toBe(503);
      expect(response.headers.get('retry-after')).toBe('2');
      expect(response.headers.get('content-type')).toContain('application/problem+json');
      expect(await response.json()).toMatchObject({
        code: 'SERVICE.UNAVAILABLE',
        service: path.split('/')[1],
        traceId: response.headers.get('x-trace-id'),
      });
      expect(orders.seen.length).toBe(path.startsWith('/orders') ? 1 : 0);
    }
  });

  it('passes a service’s own 503 on at once instead of repeating the call', async () => {
    const response = await fetch(`${gateway.url}/orders/v1/busy`);
    expect(response.status).toBe(503);
    expect(await response.json()).toEqual({ code: 'DATABASE.UNAVAILABLE' });
    expect(orders.seen).toHaveLength(1);
  });

  it('streams 32 MiB and refuses more with 413 BODY_TOO_LARGE, declared or not', async () => {
    const whole = await fetch(`${gateway.url}/orders/v1/x`, {
      method: 'PUT',
      body: Buffer.alloc(PROXY_BODY_LIMIT, 97),
      headers: { 'content-type': 'application/json' },
    });
    expect(await whole.text()).toBe(`PUT /orders/v1/x ${PROXY_BODY_LIMIT}`);
    orders.seen.length = 0;
    expect(await send({ 'content-length': String(PROXY_BODY_LIMIT + 1) }, 0)).toMatchObject({
      status: 413,
      body: expect.stringContaining('BODY_TOO_LARGE'),
    });
    expect(await send({ 'transfer-encoding': 'chunked' }, PROXY_BODY_LIMIT + 1)).toMatchObject({
      status: 413,
      body: expect.stringContaining('BODY_TOO_LARGE'),
    });
    expect(orders.seen).toHaveLength(0);
  });

  it('does not let a path leave the service it names', async () => {
    const answer = await raw('GET', '/orders/..%2f..%2fmetrics');
    expect(answer.status).toBe(400);
    expect(orders.seen).toHaveLength(0);
  });

  it('answers 404 NOT_FOUND for a path that leads nowhere', async () => {
    const response = await fetch(`${gateway.url}/nowhere`);
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ code: 'NOT_FOUND' });
  });

  it('serves its own shared calls under /gateway', async () => {
    expect((await fetch(`${gateway.url}/gateway/v1/verify`)).status).toBe(401);
    expect((await fetch(`${gateway.url}/gateway/v1/parked-items`)).status).toBe(401);
    expect((await fetch(`${gateway.url}/gateway/v1/outbox/acks`, { method: 'POST' })).status).toBe(401);
    expect((await fetch(`${gateway.url}/health/ready`)).status).toBe(200);
    expect(await (await fetch(`${gateway.url}/metrics`)).text()).toContain('huidian_http_request_seconds');
  });

  function raw(
    method: string,
    path: string,
    headers: Record<string, string> = {},
    bytes = 0,
  ): Promise<{ status: number; body: string }> {
    const { hostname, port } = new URL(gateway.url);
    return new Promise((resolve, reject) => {
      const request = httpRequest({ hostname, port, path, method, headers }, (response) => {
        let body = '';
        response.on('data', (part: Buffer) => (body += part.toString()));
        response.on('end', () => (resolve({ status: response.statusCode ?? 0, body }), request.destroy()));
      });
      request.on('error', reject);
      request.flushHeaders();
      if (bytes > 0) request.write(Buffer.alloc(bytes, 97));
      if (!headers['content-length']) request.end();
    });
  }
  const send = (headers: Record<string, string>, bytes: number) =>
    raw('PUT', '/orders/v1/x', { 'content-type': 'application/json', ...headers }, bytes);
});
