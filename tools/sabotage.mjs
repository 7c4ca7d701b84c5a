/**
 * npm run sabotage: tests the tests. Plants one small, plausible mistake after the other into a scratch copy of the
 * sources, runs the test that is named for it, and demands that it turns red by an assertion.
 * One of them: npm run sabotage -- --only <id>[,<id>]. Ends with exit 1 when less than 95 % are caught.
 */
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { option, PlainError, runTool, say } from './lib/say.mjs';
import { checkNode, ensureDependencies } from './lib/setup.mjs';
import { startTestServers } from './lib/test-servers.mjs';
import { DEFECTS } from './sabotage/defects.mjs';
import { checkTypes, judgeRun, proveGreen, runSpecs } from './sabotage/jest.mjs';
import { summaryOf, tableOf, tellDefect } from './sabotage/report.mjs';
import { applyPatches, checkPatches, copyTree } from './sabotage/tree.mjs';

const LEAST_SHARE = 0.95;
const TEMPLATE = 'huidian_test_template_sabotage';

function chosenDefects(args) {
  const only = option(args, '--only')?.split(',');
  const unknown = only?.filter((id) => !DEFECTS.some((defect) => defect.id === id)) ?? [];
  if (unknown.length > 0)
    throw new PlainError(`There is no defect ${unknown.join(', ')}. Known: ${DEFECTS.map(({ id }) => id).join(', ')}.`);
  return only ? DEFECTS.filter(({ id }) => only.includes(id)) : DEFECTS;
}

/** Without servers where every named test is a unit test. */
async function serversFor(defects) {
  return defects.some(({ project }) => project !== 'unit') ? startTestServers(TEMPLATE) : undefined;
}

function environmentOf(servers) {
  const { NODE_OPTIONS, ...env } = process.env;
  return {
    ...env,
    ...(NODE_OPTIONS ? { NODE_OPTIONS } : {}),
    NODE_ENV: 'test',
    TZ: 'UTC',
    HUIDIAN_MODE: 'test',
    HUIDIAN_TEST_TEMPLATE: TEMPLATE,
    ...(servers ? { DATABASE_URL: servers.databaseUrl, REDIS_URL: servers.redisUrl } : {}),
  };
}

async function plant(tree, defect, env) {
  const planted = applyPatches(tree, defect.patches, defect.id);
  try {
    const verdict = judgeRun(await runSpecs(tree, { ...defect, specs: [defect.spec] }, env));
    return { defect, diff: planted.diff, ...verdict };
  } finally {
    planted.restore();
  }
}

await runTool(async () => {
  const args = process.argv.slice(2);
  checkNode();
  ensureDependencies();
  const defects = chosenDefects(args);
  const work = realpathSync(mkdtempSync(join(tmpdir(), 'huidian-sabotage-')));
  let servers;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
    process.once(signal, () => void Promise.resolve(servers?.stop()).finally(() => process.exit(130)));
  try {
    const tree = copyTree(work);
    checkPatches(tree, defects);
    servers = await serversFor(defects);
    const env = environmentOf(servers);
    if (!args.includes('--no-types')) await checkTypes(tree, defects);
    await proveGreen(tree, defects, env);
    const results = [];
    for (const defect of defects) {
      const result = await plant(tree, defect, env);
      results.push(result);
      tellDefect(result);
    }
    const caught = results.filter(({ isCaught }) => isCaught).length;
    process.stdout.write(`${tableOf(results)}\n\n${summaryOf(results)}\n`);
    say(caught === results.length ? '' : `Not caught: ${results.filter((r) => !r.isCaught).map((r) => r.defect.id)}`);
    return caught / results.length < LEAST_SHARE ? 1 : 0;
  } finally {
    await servers?.stop();
    rmSync(work, { recursive: true, force: true });
  }
});
