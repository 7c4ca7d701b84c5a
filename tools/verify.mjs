/**
 * Asks every service to check its invariants and prints a line for each.
 * Usage: npm run verify [-- --json] [--wait SECONDS]
 * A running system always has something under way; it is counted, and judged by each service once it is older than
 * its bound. With --wait, what is under way is asked again for up to so many seconds. Exit 1 on a breach.
 * Client: VERIFY_CLIENT_ID and VERIFY_CLIENT_SECRET, else the demo client; scope verify:read.
 */
import { DEMO_CLIENT, listeners, startMode } from './lib/environment.mjs';
import { ApiClient } from './lib/api.mjs';
import { option, PlainError, runTool, sleep } from './lib/say.mjs';

const SERVICES = ['gateway', 'catalog', 'orders', 'inventory', 'logistics', 'settlement', 'sync'];
const REQUEST_TIMEOUT_MS = 60_000;
const RETRY_INTERVAL_MS = 2000;

function makeClient() {
  const gateway = process.env.GATEWAY_URL || listeners(startMode())[0].url;
  const { VERIFY_CLIENT_ID: id, VERIFY_CLIENT_SECRET: secret } = process.env;
  if (id && secret) return new ApiClient(gateway, { id, secret });
  if (startMode() === 'production') {
    throw new PlainError(
      'Set VERIFY_CLIENT_ID and VERIFY_CLIENT_SECRET to a client with the scope verify:read:\n' +
        '  npm run client -- create --name verify --scopes verify:read',
    );
  }
  return new ApiClient(gateway, DEMO_CLIENT);
}

/** Results of one service; a service that cannot be asked cannot be called right, so it throws. */
async function ask(client, service) {
  try {
    const { items } = await client.get(`/${service}/v1/verify`, REQUEST_TIMEOUT_MS);
    return items.map((item) => ({ service, ...item }));
  } catch (error) {
    throw new PlainError(
      `${service} cannot be asked: ${error.cause?.code ?? error.message}. Is Huidian running (npm start)?`,
    );
  }
}

/** Asks all services, and those with something under way again until it has arrived or the time is over. */
async function collect(client, waitMs) {
  const results = new Map();
  const end = Date.now() + waitMs;
  let open = SERVICES;
  while (open.length > 0) {
    for (const service of open) results.set(service, await ask(client, service));
    open = open.filter((service) => results.get(service).some(({ inFlight }) => inFlight > 0));
    if (open.length === 0 || Date.now() >= end) break;
    await sleep(RETRY_INTERVAL_MS);
  }
  return [...results.values()].flat();
}

const order = ({ invariant }) => Number.parseInt(invariant, 10) || 0;

function printTable(items, breaches, inFlight) {
  for (const { service, invariant, checked, inFlight: under, breaches: found } of items) {
    const mark = found.length > 0 ? '✗' : '✓';
    const way = under > 0 ? `, ${under} under way` : '';
    process.stdout.write(`${mark} ${invariant} (${service}): ${checked} checked${way}, ${found.length} breaches\n`);
    for (const breach of found) process.stdout.write(`    ${breach}\n`);
  }
  process.stdout.write(`\n${inFlight} under way\n${breaches} breaches\n`);
}

await runTool(async () => {
  const args = process.argv.slice(2);
  const waitSeconds = Number(option(args, '--wait') ?? 0);
  if (!Number.isFinite(waitSeconds) || waitSeconds < 0) throw new PlainError('--wait takes seconds.');
  const items = await collect(makeClient(), waitSeconds * 1000);
  items.sort((a, b) => order(a) - order(b) || (a.service < b.service ? -1 : 1));
  const breaches = items.reduce((sum, item) => sum + item.breaches.length, 0);
  const inFlight = items.reduce((sum, item) => sum + item.inFlight, 0);
  if (items.length === 0) throw new PlainError('No service named an invariant: nothing was verified.');
  if (args.includes('--json')) process.stdout.write(`${JSON.stringify({ items, inFlight, breaches }, null, 2)}\n`);
  else printTable(items, breaches, inFlight);
  return breaches > 0 ? 1 : 0;
});
