import { join } from 'node:path';
import { PlantedTree, ROOT, TSCONFIG } from './support/planted-tree';

/** Sources that keep every rule. */
const CLEAN: Record<string, string> = {
  'libs/shared/src/index.ts': "export const shared = 'shared';",
  'libs/contracts/src/index.ts': "import { shared } from '@app/shared'; export const contracts = shared;",
  'libs/platforms/src/port/platform.port.ts': 'export interface Port { code: string }',
  'libs/platforms/src/registry/platform.registry.ts':
    "import type { Port } from '../port/platform.port'; export const ports: Port[] = [];",
  'libs/platforms/src/index.ts': "export * from './port/platform.port'; export * from './registry/platform.registry';",
  'libs/platforms/src/taobao/index.ts':
    "import { sign } from './taobao.signer'; import type { Port } from '../port/platform.port'; export const port: Port = { code: sign };",
  'libs/platforms/src/taobao/taobao.signer.ts': "export const sign = 'sign';",
  'libs/platforms/src/jd/jd.signer.ts': "export const sign = 'sign';",
  'apps/orders/src/main.ts': "import { ports } from '@app/platforms'; export const orders = ports;",
  'apps/orders/src/order.repository.ts': "import { query } from 'typeorm'; export const rows = query;",
  'apps/orders/src/order.service.spec.ts': "import { only } from 'planted-dev'; export const used = only;",
  'apps/catalog/src/main.ts': "export const catalog = 'catalog';",
  'apps/catalog/src/sku.rules.ts': "export const sku = 'sku';",
  'apps/simulator/src/main.ts': "import { shared } from '@app/shared'; export const simulator = shared;",
  'apps/all-in-one/src/main.ts':
    "import { orders } from '../../orders/src/main'; import { catalog } from '../../catalog/src/main'; export const all = [orders, catalog];",
  'test/e2e/order.e2e-spec.ts': "import { shared } from '@app/shared'; export const used = shared;",
};

/** The other halves of the planted cycles; a cycle is reported once, at its first file. */
const CYCLE_PARTNERS: Record<string, string> = {
  'apps/orders/src/i.ts': "import { h } from './h'; export const i = () => h;",
  'apps/orders/src/k.ts': "import type { J } from './j'; export interface K { j: J }",
};

/** One planted violation per line: the rule, the file, and its import. */
const PLANTED: [rule: string, file: string, text: string][] = [
  ['no-app-to-app', 'apps/orders/src/a.ts', "import { sku } from '../../catalog/src/sku.rules'; export const a = sku;"],
  [
    'no-app-to-app',
    'apps/orders/src/type-only.ts',
    "import type { sku } from '../../catalog/src/sku.rules'; export type A = typeof sku;",
  ],
  [
    'all-in-one-only-mains',
    'apps/all-in-one/src/inside.ts',
    "import { sku } from '../../catalog/src/sku.rules'; export const a = sku;",
  ],
  [
    'all-in-one-only-mains',
    'apps/all-in-one/src/simulator.ts',
    "import { simulator } from '../../simulator/src/main'; export const a = simulator;",
  ],
  [
    'libs-never-import-apps',
    'libs/contracts/src/b.ts',
    "import { catalog } from '../../../apps/catalog/src/main'; export const b = catalog;",
  ],
  [
    'libs-order',
    'libs/shared/src/upward.ts',
    "import { contracts } from '@app/contracts'; export const c = contracts;",
  ],
  ['libs-order', 'libs/contracts/src/upward.ts', "import { ports } from '@app/platforms'; export const c = ports;"],
  [
    'no-simulator-to-adapter',
    'apps/simulator/src/d.ts',
    "import { sign } from '../../../libs/platforms/src/taobao/taobao.signer'; export const d = sign;",
  ],
  [
    'no-adapter-to-simulator',
    'libs/platforms/src/taobao/e.ts',
    "import { simulator } from '../../../../apps/simulator/src/main'; export const e = simulator;",
  ],
  [
    'platform-internals-are-private',
    'apps/orders/src/f.ts',
    "import { sign } from '@app/platforms/taobao/taobao.signer'; export const f = sign;",
  ],
  [
    'platform-internals-are-private',
    'libs/platforms/src/registry/f.ts',
    "import { sign } from '../taobao/taobao.signer'; export const f = sign;",
  ],
  [
    'no-platform-to-platform',
    'libs/platforms/src/jd/g.ts',
    "import { sign } from '../taobao/taobao.signer'; export const g = sign;",
  ],
  ['no-circular', 'apps/orders/src/h.ts', "import { i } from './i'; export const h = () => i;"],
  ['no-circular', 'apps/orders/src/j.ts', "import type { K } from './k'; export interface J { k: K }"],
  [
    'sql-only-in-repositories',
    'apps/orders/src/order.service.ts',
    "import { Client } from 'pg'; export const l = Client;",
  ],
  [
    'no-database-in-controllers-and-rules',
    'apps/orders/src/order.rules.ts',
    "import type { query } from 'typeorm'; export type Q = typeof query;",
  ],
  [
    'no-database-in-controllers-and-rules',
    'apps/orders/src/order.controller.ts',
    "import { Client } from 'pg'; export const m = Client;",
  ],
  [
    'no-tests-in-production',
    'apps/orders/src/n.ts',
    "import { used } from '../../../test/e2e/order.e2e-spec'; export const n = used;",
  ],
  [
    'no-dev-dependency-in-production',
    'apps/orders/src/o.ts',
    "import { only } from 'planted-dev'; export const o = only;",
  ],
  [
    'not-to-unresolvable',
    'apps/orders/src/p.ts',
    "import { nothing } from './does-not-exist'; export const p = nothing;",
  ],
];

const FAKE_PACKAGES: Record<string, string> = { typeorm: 'query', pg: 'Client', 'planted-dev': 'only' };

interface Violation {
  from: string;
  rule: { name: string };
}

describe('the boundary rules', () => {
  const tree = new PlantedTree();
  let violations: Violation[];

  beforeAll(() => {
    tree.write('tsconfig.json', TSCONFIG);
    tree.write(
      'package.json',
      JSON.stringify({ dependencies: { typeorm: '1', pg: '1' }, devDependencies: { 'planted-dev': '1' } }),
    );
    for (const [name, exported] of Object.entries(FAKE_PACKAGES)) {
      tree.write(`node_modules/${name}/package.json`, JSON.stringify({ name, version: '1.0.0', main: 'index.js' }));
      tree.write(`node_modules/${name}/index.js`, `exports.${exported} = 1;`);
    }
    for (const [path, text] of Object.entries({ ...CLEAN, ...CYCLE_PARTNERS })) tree.write(path, `${text}\n`);
    for (const [, path, text] of PLANTED) tree.write(path, `${text}\n`);
    const config = join(ROOT, '.dependency-cruiser.cjs');
    const args = ['--config', config, '--output-type', 'json', 'apps', 'libs', 'test'];
    const report = JSON.parse(tree.run('dependency-cruiser/bin/dependency-cruise.mjs', args));
    violations = report.summary.violations;
  });

  afterAll(() => tree.remove());

  it.each(PLANTED)('reports %s for %s', (rule, file) => {
    expect(violations.filter((violation) => violation.from === file).map((violation) => violation.rule.name)).toContain(
      rule,
    );
  });

  it('reports nothing in sources that keep every rule', () => {
    expect(violations.filter((violation) => violation.from in CLEAN)).toEqual([]);
  });

  it('has a planted violation for each of its rules', () => {
    const config = require(join(ROOT, '.dependency-cruiser.cjs')) as { forbidden: { name: string }[] };
    expect(new Set(PLANTED.map(([rule]) => rule))).toEqual(new Set(config.forbidden.map(({ name }) => name)));
  });
});
