import { cpSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { PlantedTree, ROOT, TSCONFIG } from './support/planted-tree';

const longFunction = `export function long(): number {\n  let n = 0;\n${'  n += 1;\n'.repeat(70)}  return n;\n}\n`;
const dependencies = Array.from({ length: 8 }, (_, index) => `readonly d${index}: string`).join(', ');

/** One planted violation per line: what it is, the rule that must report it, the file and its text. */
const PLANTED: [what: string, rule: string, file: string, text: string][] = [
  [
    'settings read outside of *.config.ts',
    'no-restricted-properties',
    'apps/a/src/env.service.ts',
    'export const mode = process.env.MODE;',
  ],
  [
    'settings taken apart',
    'no-restricted-properties',
    'apps/a/src/env2.service.ts',
    'const { env } = process; export const mode = env.MODE;',
  ],
  [
    'settings imported',
    'no-restricted-imports',
    'apps/a/src/env3.service.ts',
    "import { env } from 'node:process'; export const mode = env.MODE;",
  ],
  [
    'the system clock by Date.now',
    'no-restricted-syntax',
    'apps/a/src/now.service.ts',
    'export const now = () => Date.now();',
  ],
  [
    'the system clock by new Date()',
    'no-restricted-syntax',
    'apps/a/src/date.service.ts',
    'export const now = () => new Date();',
  ],
  [
    'the system clock by Date()',
    'no-restricted-syntax',
    'apps/a/src/date2.service.ts',
    'export const now = () => Date();',
  ],
  ['console', 'no-console', 'apps/a/src/console.service.ts', "export const say = () => console.log('x');"],
  [
    'a promise that nobody waits for',
    '@typescript-eslint/no-floating-promises',
    'apps/a/src/float.service.ts',
    'export function go(): void { Promise.resolve(1); }',
  ],
  [
    'a promise where a truth value is expected',
    '@typescript-eslint/no-misused-promises',
    'apps/a/src/misuse.service.ts',
    'export const is = (p: Promise<boolean>) => { if (p) return 1; return 2; };',
  ],
  [
    'an empty catch',
    'no-empty',
    'apps/a/src/catch.service.ts',
    'export function go(): void { try { JSON.parse("x"); } catch {} }',
  ],
  [
    'a catch that holds a comment alone',
    'no-restricted-syntax',
    'apps/a/src/catch2.service.ts',
    'export function go(): void {\n  try { JSON.parse("x"); } catch {\n    // Nothing to do.\n  }\n}',
  ],
  [
    'an empty catch of a promise',
    'no-restricted-syntax',
    'apps/a/src/catch3.service.ts',
    'export const go = (p: Promise<void>) => p.catch(() => {});',
  ],
  [
    'any',
    '@typescript-eslint/no-explicit-any',
    'apps/a/src/any.service.ts',
    'export const f = (x: any): unknown => x;',
  ],
  ['a function of more than 70 lines', 'max-lines-per-function', 'apps/a/src/long.service.ts', longFunction],
  [
    'a file of more than 400 lines',
    'max-lines',
    'apps/a/src/lines.service.ts',
    `export const n = 1;\n${'// A line.\n'.repeat(400)}`,
  ],
  [
    'a test file of more than 800 lines',
    'max-lines',
    'apps/a/src/lines.spec.ts',
    `export const n = 1;\n${'// A line.\n'.repeat(800)}`,
  ],
  [
    'eight parameters',
    'max-params',
    'apps/a/src/params.service.ts',
    'export const f = (a: 1, b: 1, c: 1, d: 1, e: 1, g: 1, h: 1, i: 1) => [a, b, c, d, e, g, h, i];',
  ],
  [
    'eight dependencies',
    'no-restricted-syntax',
    'apps/a/src/constructor.service.ts',
    `export class A { constructor(${dependencies}) {} }`,
  ],
  [
    'the query API of TypeORM outside of a repository',
    '@typescript-eslint/no-restricted-imports',
    'apps/a/src/orm.service.ts',
    "import { Repository } from 'typeorm'; export const R = Repository;",
  ],
  [
    'a repository taken from the DataSource',
    'no-restricted-syntax',
    'apps/a/src/orm2.service.ts',
    "export const f = (d: { getRepository(name: string): unknown }) => d.getRepository('x');",
  ],
  [
    'a statement outside of a repository',
    'no-restricted-syntax',
    'apps/a/src/orm3.service.ts',
    "export const f = (dataSource: { query(sql: string): unknown }) => dataSource.query('SELECT 1');",
  ],
  [
    'save() in a repository',
    'no-restricted-syntax',
    'apps/a/src/a.repository.ts',
    'export const f = (x: { save(): void }) => x.save();',
  ],
  [
    'a note of unfinished work',
    'no-warning-comments',
    'apps/a/src/note.service.ts',
    `// ${'TO'}${'DO'}: later\nexport const n = 1;`,
  ],
  [
    'a skipped test',
    'no-restricted-syntax',
    'apps/a/src/skip.spec.ts',
    "describe.skip('x', () => undefined); declare const describe: { skip(name: string, body: () => void): void }; export {};",
  ],
  ['a loose comparison', 'eqeqeq', 'apps/a/src/equal.service.ts', 'export const f = (a: string, b: string) => a == b;'],
];

/** Sources that use what is banned elsewhere, in the one place where it is allowed. */
const ALLOWED: Record<string, string> = {
  'apps/a/src/a.config.ts': 'export const mode = process.env.MODE;',
  'libs/shared/src/time/wire-clock.ts': 'export const now = () => Date.now();',
  'apps/a/src/main.ts': "export const say = () => console.error('The start failed.');",
  'apps/a/src/b.repository.ts':
    "import { Repository } from 'typeorm'; export const f = (tx: { query(sql: string): unknown }) => [tx.query('SELECT 1'), Repository];",
  'apps/a/src/orm4.service.ts': "import { DataSource } from 'typeorm'; export const D = DataSource;",
  'apps/a/src/time.rules.ts': 'export const at = (ms: number) => new Date(ms);',
};

interface FileReport {
  filePath: string;
  messages: { ruleId: string | null; message: string }[];
}

describe('the lint bans', () => {
  const tree = new PlantedTree();
  let reports: FileReport[];

  beforeAll(() => {
    tree.write('tsconfig.json', TSCONFIG);
    cpSync(join(ROOT, 'eslint.config.mjs'), join(tree.dir, 'eslint.config.mjs'));
    symlinkSync(join(ROOT, 'node_modules'), join(tree.dir, 'node_modules'));
    for (const [, , path, text] of PLANTED) tree.write(path, `${text}\n`);
    for (const [path, text] of Object.entries(ALLOWED)) tree.write(path, `${text}\n`);
    reports = JSON.parse(tree.run('eslint/bin/eslint.js', ['--format', 'json', 'apps', 'libs']));
  });

  afterAll(() => tree.remove());

  const messagesOf = (file: string) => reports.find(({ filePath }) => filePath.endsWith(`/${file}`))?.messages;

  it.each(PLANTED)('report %s by %s', (_what, rule, file) => {
    expect(messagesOf(file)?.map(({ ruleId }) => ruleId)).toContain(rule);
  });

  it.each(Object.keys(ALLOWED))('report nothing in %s, where it is allowed', (file) => {
    expect(messagesOf(file)).toEqual([]);
  });
});
