import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../harness/processes';
import { SERVICE_APPS, Topology, type ServiceKey } from '../harness/topology';

interface Operation {
  summary?: string;
  description?: string;
  security?: unknown[];
  responses: Record<string, { description?: string; content?: Record<string, { schema?: unknown }> }>;
}
interface Document {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
}
interface LintReport {
  totals: { errors: number };
  problems: { ruleId: string; severity: string; message: string; location: { pointer?: string }[] }[];
}

const SCOPE = /Scope: [a-z]+:[a-z]+/;
const PROBLEM = 'application/problem+json';

function operationsOf(document: Document): { name: string; operation: Operation }[] {
  return Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ name: `${method.toUpperCase()} ${path}`, operation })),
  );
}

/** Runs the committed ruleset on a document; the problems that are errors. */
async function lint(file: string): Promise<string[]> {
  const output = await new Promise<string>((resolve) => {
    const program = [join(ROOT, 'node_modules/@redocly/cli/bin/cli.js'), 'lint', file];
    const settings = ['--config', join(ROOT, 'redocly.yaml'), '--format', 'json', '--max-problems', '1000'];
    const env = { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' };
    execFile(process.execPath, [...program, ...settings], { env, maxBuffer: 64 * 1024 * 1024 }, (_error, stdout) =>
      resolve(stdout),
    );
  });
  const report = JSON.parse(output.slice(output.indexOf('{'))) as LintReport;
  return report.problems
    .filter(({ severity }) => severity === 'error')
    .map(({ ruleId, message, location }) => `${ruleId} ${location[0]?.pointer ?? ''}: ${message}`);
}

describe('OpenAPI documents', () => {
  let topology: Topology;
  let folder: string;
  const documents = new Map<string, Document>();

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'huidian-openapi-'));
    topology = await Topology.start({ kind: 'all-in-one' });
    for (const [key, { url }] of Object.entries(SERVICE_APPS)) {
      const response = await fetch(`${topology.env[url]}/docs-json`);
      expect([key, response.status]).toEqual([key, 200]);
      documents.set(key, (await response.json()) as Document);
    }
  }, 120_000);

  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true });
    await topology?.close();
  }, 60_000);

  const services = Object.keys(SERVICE_APPS) as ServiceKey[];

  it.each(services)('[P24] the document of %s passes the ruleset without an error', async (key) => {
    const file = join(folder, `${key}.json`);
    writeFileSync(file, JSON.stringify(documents.get(key)));
    expect(await lint(file)).toEqual([]);
  });

  it.each(services)('[P24] every operation of %s says what it does, its right, its answers and its errors', (key) => {
    const wanting = operationsOf(documents.get(key)!).flatMap(({ name, operation }) => {
      const { summary, description = '', security = [], responses } = operation;
      const isOpen = security.length === 0;
      const successes = Object.entries(responses).filter(([status]) => status.startsWith('2'));
      const errors = Object.entries(responses).filter(([status]) => Number(status) >= 400);
      return [
        ...(summary ? [] : ['no summary']),
        ...((isOpen ? /\bOpen\b/ : SCOPE).test(description) ? [] : ['no scope']),
        ...(successes.length > 0 &&
        successes.every(([, { content = {} }]) => Object.values(content).some((c) => c.schema))
          ? []
          : ['no schema of success']),
        ...(errors.length > 0 && errors.every(([, answer]) => answer.description && answer.content?.[PROBLEM]?.schema)
          ? []
          : ['no error codes']),
        ...(isOpen || (responses['401'] && responses['403']) ? [] : ['no token errors']),
      ].map((lack) => `${name}: ${lack}`);
    });
    expect(wanting).toEqual([]);
  });

  it('[P24] the gateway’s document holds the calls of every service and misses none', () => {
    const merged = documents.get('gateway') as Document & { 'x-missing-services': string[] };
    const names = new Set(operationsOf(merged).map(({ name }) => name));
    const lost = services.flatMap((key) =>
      operationsOf(documents.get(key)!).flatMap(({ name }) => (names.has(name) ? [] : [name])),
    );
    expect([merged['x-missing-services'], lost]).toEqual([[], []]);
  });

  it('[P24] the documentation page opens in a browser on every port', async () => {
    for (const { url } of Object.values(SERVICE_APPS)) {
      const response = await fetch(`${topology.env[url]}/docs`);
      expect([response.status, response.headers.get('content-type')]).toEqual([200, expect.stringContaining('html')]);
    }
  });
});
