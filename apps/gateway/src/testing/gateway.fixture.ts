import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { randomBytes } from 'node:crypto';
import { loadConfig, type RunningApp } from '@app/shared';
import { cloneDatabase, TEST_ROLE_PASSWORD, type TestDatabase } from '@app/shared/testing/database';
import { testEnvironment } from '@app/shared/testing/testing.config';
import { startGateway } from '../gateway.app';
import { GatewayConfig } from '../gateway.config';

/** A request as a fake service received it. */
export interface SeenRequest {
  method: string;
  url: string;
  headers: IncomingMessage['headers'];
  body: Buffer;
}

/** A service behind the gateway. */
export interface FakeService {
  url: string;
  seen: SeenRequest[];
  close(): Promise<void>;
}

/** A gateway on a free port with a database of its own. */
export interface GatewayFixture {
  url: string;
  database: TestDatabase;
  /** Another gateway on the same database. */
  startAnother(env?: Record<string, string>): Promise<{ url: string; app: RunningApp }>;
  token(clientId: string, secret: string, more?: Record<string, string>): Promise<Response>;
  close(): Promise<void>;
}

export const SERVICE_SECRET = 'service-secret-for-tests';

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listen(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Starts a service that remembers what it was asked. */
export async function startFakeService(
  answer: (request: SeenRequest, response: ServerResponse) => void,
): Promise<FakeService> {
  const seen: SeenRequest[] = [];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const whole = {
        method: request.method ?? '',
        url: request.url ?? '',
        headers: request.headers,
        body: Buffer.concat(parts),
      };
      seen.push(whole);
      answer(whole, response);
    });
  });
  const port = await listen(server);
  return {
    url: `http://127.0.0.1:${port}`,
    seen,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

/** Starts a gateway; services not named in `env` do not answer. */
export async function startGatewayFixture(env: Record<string, string> = {}): Promise<GatewayFixture> {
  const database = await cloneDatabase();
  const dead = `http://127.0.0.1:${await freePort()}`;
  const common: Record<string, string> = {
    HUIDIAN_MODE: 'demo',
    DATABASE_URL: database.adminUrl,
    DATABASE_ROLE_PASSWORD: TEST_ROLE_PASSWORD,
    REDIS_URL: testEnvironment().redisUrl,
    REDIS_PREFIX: `gw-${randomBytes(4).toString('hex')}`,
    SERVICE_CLIENT_SECRET: SERVICE_SECRET,
    SECRETS_MASTER_KEY: randomBytes(32).toString('base64'),
    GATEWAY_TOKEN_RATE_PER_SECOND: '10000',
    GATEWAY_TOKEN_RATE_BURST: '10000',
    ...Object.fromEntries(
      ['CATALOG', 'ORDERS', 'INVENTORY', 'LOGISTICS', 'SETTLEMENT', 'SYNC'].map((name) => [`${name}_URL`, dead]),
    ),
    ...env,
  };
  const startOne = async (more: Record<string, string> = {}) => {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const app = await startGateway(
      loadConfig(GatewayConfig, { ...common, GATEWAY_PORT: String(port), GATEWAY_URL: url, ...more }),
    );
    return { url, app };
  };
  const { url, app } = await startOne();
  return {
    url,
    database,
    startAnother: startOne,
    token: (clientId, secret, more = {}) =>
      fetch(`${url}/auth/token`, {
        method: 'POST',
        body: new URLSearchParams({
          grant_type: 'client_credentials',
          client_id: clientId,
          client_secret: secret,
          ...more,
        }),
      }),
    async close() {
      await app.close();
      await database.drop();
    },
  };
}
