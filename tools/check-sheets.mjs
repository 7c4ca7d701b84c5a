/**
 * Exports reconciliations through the public API, opens them with LibreOffice, and compares what it read with what the
 * API lists: ids letter by letter, rows, sums to the fen, frozen header, and cells that look like formulas.
 * Usage: npm run check:sheets [-- --url http://127.0.0.1:3000] [--keep]
 * Without --url it uses the running demo, or starts one of its own on free ports in a scratch folder and stops it again.
 * Client: SHEETS_CLIENT_ID and SHEETS_CLIENT_SECRET (sync:write, settlement:write), else the demo client.
 * Adds a shop of its own (platform id check-sheets, pull paused) with a small bill. Exit 1 on a mismatch.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEMO_CLIENT, listeners } from './lib/environment.mjs';
import { ROOT } from './lib/paths.mjs';
import { answers, freePort } from './lib/ports.mjs';
import { option, PlainError, runTool, say, sleep } from './lib/say.mjs';
import { checkNode, ensureDependencies } from './lib/setup.mjs';
import { convert, findOffice, frozenRows } from './check-sheets/office.mjs';
import { BILL_NAME, FORMULAS, madeBill, SPAN } from './check-sheets/made-bill.mjs';
import { compareRows, readBook, readCsv } from './check-sheets/sheets.mjs';

const START_TIMEOUT_MS = 600_000;
const WAIT_MS = 120_000;
const MOST_LINES = 20_000;

/** Starts a demo of its own; answers its address and how to stop it. */
async function startDemo(work) {
  const env = { ...process.env, HUIDIAN_DATA_DIR: join(work, 'data') };
  for (const { key } of listeners('demo')) env[`${key}_PORT`] = String(await freePort());
  const { url } = listeners('demo', env)[0];
  say(`Starting a demo at ${url} …`);
  const child = spawn(process.execPath, [join(ROOT, 'tools/start.mjs')], {
    cwd: ROOT,
    env,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const ended = new Promise((done) => child.once('exit', done));
  const stop = async () => {
    child.kill('SIGTERM');
    await ended;
  };
  const end = Date.now() + START_TIMEOUT_MS;
  while (
    !(await fetch(`${url}/health/ready`).then(
      (answer) => answer.ok,
      () => false,
    ))
  ) {
    if (child.exitCode !== null || Date.now() > end) {
      await stop();
      throw new PlainError('The demo did not start; try npm start.');
    }
    await sleep(1000);
  }
  return { url, stop };
}

/** A client of the API that sends and reads JSON, forms and bytes. */
async function connect(url) {
  const { SHEETS_CLIENT_ID: id = DEMO_CLIENT.id, SHEETS_CLIENT_SECRET: secret = DEMO_CLIENT.secret } = process.env;
  const answer = await fetch(`${url}/auth/token`, {
    method: 'POST',
    body: new URLSearchParams({ grant_type: 'client_credentials', client_id: id, client_secret: secret }),
  });
  if (!answer.ok) throw new PlainError(`${url} gives no token (${answer.status}): ${await answer.text()}`);
  const { access_token: token } = await answer.json();
  return async (method, path, body, isBytes = false) => {
    const isForm = body instanceof FormData;
    const response = await fetch(`${url}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, ...(body && !isForm ? { 'content-type': 'application/json' } : {}) },
      ...(body ? { body: isForm ? body : JSON.stringify(body) } : {}),
    });
    const bytes = Buffer.from(await response.arrayBuffer());
    if (!response.ok)
      throw new PlainError(`${method} ${path} answers ${response.status}: ${bytes.toString('utf8').slice(0, 500)}`);
    return isBytes ? bytes : JSON.parse(bytes.toString('utf8'));
  };
}

async function until(what, look) {
  for (const end = Date.now() + WAIT_MS; Date.now() < end; await sleep(500)) {
    const found = await look();
    if (found) return found;
  }
  throw new PlainError(`${what} took longer than ${WAIT_MS / 1000} s.`);
}

async function allOf(call, path, most = MOST_LINES) {
  const items = [];
  let cursor = null;
  do {
    const page = await call(
      'GET',
      `${path}${path.includes('?') ? '&' : '?'}limit=500${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`,
    );
    items.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor && items.length < most);
  return items;
}

async function reconcile(call, shopId, span) {
  const { id } = await call('POST', '/settlement/v1/reconciliations', { shopId, ...span });
  const done = await until(`Reconciliation ${id}`, async () => {
    const found = await call('GET', `/settlement/v1/reconciliations/${id}`);
    return found.state === 'waiting' ? undefined : found;
  });
  if (done.state !== 'done') throw new PlainError(`Reconciliation ${id} is ${done.state}: ${done.problem}`);
  return id;
}

/** The shop with the made bill; everything is added once and found again by a later run. */
async function ownShop(call, shops) {
  const known = shops.find(({ platformShopId }) => platformShopId === 'check-sheets');
  const shop =
    known ??
    (await call('POST', '/sync/v1/shops', {
      platform: 'taobao',
      name: '表格检查',
      platformShopId: 'check-sheets',
      appKey: 'check-sheets',
      appSecret: 'check-sheets',
      goLiveAt: `${SPAN.from}T00:00:00+08:00`,
    }));
  if (!known)
    await call('POST', `/sync/v1/shops/${shop.id}/pause`, {
      what: 'pull',
      reason: 'made for a check of spreadsheets',
      expectedVersion: shop.version,
    });
  const form = () => {
    const made = new FormData();
    made.set('shopId', shop.id);
    made.set('format', 'alipay-signcustomer');
    made.set('file', new Blob([madeBill()]), BILL_NAME);
    return made;
  };
  const taken = await until('The shop on its way to settlement', () =>
    call('POST', '/settlement/v1/bills', form()).catch((error) => {
      if (/SHOP.NOT_FOUND/.test(error.message)) return undefined;
      throw error;
    }),
  );
  if (!taken.whole) throw new PlainError(`The made bill is not whole: ${JSON.stringify(taken.problems)}`);
  const id = await reconcile(call, shop.id, SPAN);
  const lines = await allOf(call, `/settlement/v1/reconciliations/${id}/lines`);
  for (const [index, formula] of FORMULAS.entries())
    await call('POST', `/settlement/v1/reconciliations/${id}/lines/${lines[index].id}/resolve`, {
      resolution: formula,
      note: formula,
      owner: formula,
      expectedVersion: 1,
    });
  return { id, name: 'made bill' };
}

/** The month of the newest order of each other shop. */
async function demoReconciliations(call, shops) {
  const found = [];
  for (const shop of shops.filter(({ platformShopId }) => platformShopId !== 'check-sheets')) {
    const { items } = await call('GET', `/settlement/v1/orders?shopId=${shop.id}&limit=1`);
    if (items.length === 0) continue;
    const newest = Date.parse(items[0].placedAt);
    const day = (ms) => new Date(ms + 8 * 3_600_000).toISOString().slice(0, 10);
    const span = { from: day(newest - 3 * 86_400_000), to: day(newest + 86_400_000) };
    found.push({ id: await reconcile(call, shop.id, span), name: `${shop.name} ${span.from}/${span.to}` });
  }
  return found;
}

async function check(call, office, work, { id, name }) {
  const folder = join(work, id);
  mkdirSync(folder);
  const lines = await allOf(call, `/settlement/v1/reconciliations/${id}/lines`);
  if (lines.length >= MOST_LINES)
    throw new PlainError(`${name} has more than ${MOST_LINES} lines; take a shorter span.`);
  const problems = [];
  for (const format of ['xlsx', 'csv']) {
    const file = join(folder, `${format}.${format}`);
    writeFileSync(
      file,
      await call('GET', `/settlement/v1/reconciliations/${id}/export?format=${format}`, undefined, true),
    );
    const hasSum = format === 'xlsx';
    const told = compareRows(
      `${name}, ${format} read as csv`,
      readCsv(await convert(office, file, 'csv', folder)),
      lines,
      {
        hasSum,
      },
    );
    const book = await readBook(await convert(office, file, 'xlsx', folder));
    const kept = compareRows(`${name}, ${format} saved as xlsx`, book.rows, lines, { hasSum });
    problems.push(...told.problems, ...kept.problems);
    const foreign = book.formulas.filter(
      ({ address, formula }) =>
        !hasSum || !/^SUM\([A-Z]+2:[A-Z]+\d+\)$/.test(formula) || !address.endsWith(String(book.rows.length)),
    );
    for (const { address, formula } of foreign)
      problems.push(`${name}, ${format}: ${address} became the formula ${formula}`);
    const frozen = hasSum ? await frozenRows(office, file, folder) : 0;
    if (hasSum && frozen !== 1) problems.push(`${name}, xlsx: ${frozen} rows are frozen, not 1`);
    const yuan = (fen) => (fen / 100).toFixed(2);
    process.stdout.write(
      `${name} | ${format} | ${kept.rowCount} rows of ${lines.length} | ${lines.filter(({ platformOrderNo }) => platformOrderNo?.length >= 19).length} ids of 19 digits, ` +
        `${lines.filter(({ platformOrderNo }) => platformOrderNo?.startsWith('0')).length} with leading zeros | expected ${yuan(kept.sums.expected)}, billed ${yuan(kept.sums.billed)}, ` +
        `difference ${yuan(kept.sums.difference)} yuan | ${hasSum ? `${book.formulas.length} sums computed, ${frozen} row frozen` : `${book.formulas.length} formulas`}\n`,
    );
  }
  return { problems, lines };
}

await runTool(async () => {
  checkNode();
  ensureDependencies();
  const args = process.argv.slice(2);
  const office = findOffice();
  const work = mkdtempSync(join(tmpdir(), 'huidian-sheets-'));
  let demo;
  try {
    const usual = listeners('demo')[0];
    const given = option(args, '--url') ?? ((await answers(usual.port, usual.host)) ? usual.url : undefined);
    demo = given ? undefined : await startDemo(work);
    const call = await connect(given ?? demo.url);
    process.stdout.write(`Opened with ${office.version}\n`);
    if (demo)
      await until(
        'The first orders of the demo',
        async () => (await call('GET', '/settlement/v1/orders?limit=1')).items.length > 0,
      );
    const shops = await allOf(call, '/sync/v1/shops');
    const own = await ownShop(call, shops);
    const results = [];
    for (const one of [own, ...(await demoReconciliations(call, shops))])
      results.push(await check(call, office, work, one));
    const problems = results.flatMap((result) => result.problems);
    if (!results.some(({ lines }) => lines.some(({ platformOrderNo }) => platformOrderNo?.startsWith('00'))))
      problems.push('No id with leading zeros was exported.');
    for (const problem of problems) process.stdout.write(`✗ ${problem}\n`);
    if (problems.length === 0) process.stdout.write('✓ ids, rows, sums, header and harmless cells are the same\n');
    return problems.length > 0 ? 1 : 0;
  } finally {
    await demo?.stop();
    if (args.includes('--keep')) say(`Files: ${work}`);
    else rmSync(work, { recursive: true, force: true });
  }
});
