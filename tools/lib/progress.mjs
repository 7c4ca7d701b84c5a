import { join } from 'node:path';
import { ApiClient, causeOf } from './api.mjs';
import { DEMO_CLIENT, listeners } from './environment.mjs';

const isTerminal = process.stdout.isTTY === true;
let isLineOpen = false;

/** Prints a line; on a terminal it takes the place of the live line. */
export function print(text = '') {
  if (isLineOpen) process.stdout.write('\r\x1b[K');
  isLineOpen = false;
  process.stdout.write(`${text}\n`);
}

/** Prints the live line: rewritten in place on a terminal, a plain line elsewhere. */
export function printLive(text) {
  if (!isTerminal) return print(text);
  process.stdout.write(`\r\x1b[K${text.slice(0, (process.stdout.columns || 120) - 1)}`);
  isLineOpen = true;
}

/** What a person needs to know once everything runs. */
export function printSummary({ mode, places, servers }) {
  const all = listeners(mode);
  const address = (name) => all.find((entry) => entry.name === name)?.url;
  const gateway = address('gateway');
  print();
  print(`Huidian is ready: ${gateway}`);
  print(`  API documentation   ${gateway}/docs`);
  if (mode === 'demo') {
    print(
      `  Demo credentials    ${DEMO_CLIENT.id} / ${DEMO_CLIENT.secret}   (POST ${gateway}/auth/token, grant_type=client_credentials)`,
    );
    print(`  Simulated platforms ${address('simulator')}/_control/apps`);
  } else {
    print('  First API client    npm run client -- create --name "my shop" --scopes "orders:read catalog:read"');
  }
  print(
    `  PostgreSQL          ${servers.postgres.pid ? `port ${servers.postgres.port}, files in ${places.home}` : 'DATABASE_URL'}`,
  );
  print(`  Redis               ${servers.redis.port ? `port ${servers.redis.port}` : 'REDIS_URL'}`);
  print(`  Logs                ${join(places.logs, '*.log')}`);
  print(`  Secrets             ${join(places.dir, 'secrets.json')} (keep a copy: it decrypts the shops' tokens)`);
  print('  Stop                Ctrl-C');
  print();
}

/** Asks the gateway, as the demo client, how many orders stand in which status. */
export class OrderCounter {
  constructor(gatewayUrl, client = DEMO_CLIENT) {
    this.client = new ApiClient(gatewayUrl, client);
  }

  /** One line such as "52 orders: 12 held, 40 shipped". */
  async line() {
    try {
      const { items } = await this.client.get('/orders/v1/orders/summary');
      const total = items.reduce((sum, { count }) => sum + Number(count), 0);
      const parts = items.map(({ status, count }) => `${count} ${status}`);
      return `${total} orders${parts.length > 0 ? `: ${parts.join(', ')}` : ''}`;
    } catch (error) {
      return `orders cannot be counted just now: ${causeOf(error)}`;
    }
  }
}
