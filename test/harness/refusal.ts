import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { ApiClient, type ApiAnswer } from './api-client';
import { ROOT } from './processes';
import type { Topology } from './topology';

/** An error as the API answers it. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  code: string;
  detail: string;
  traceId: string;
  errors?: { field: string; code: string; message: string }[];
  [member: string]: unknown;
}

const PROBLEM = 'application/problem+json; charset=utf-8';

/** A refusal as every client may rely on it; the names of the wrong fields. */
export function refusal(answer: ApiAnswer<unknown>, status: number, code: string): Problem {
  const problem = answer.body as Problem;
  expect([answer.status, problem.code, answer.headers.get('content-type')]).toEqual([status, code, PROBLEM]);
  expect(problem).toMatchObject({ type: `https://huidian.dev/errors/${code}`, status });
  expect([problem.title, problem.detail, problem.traceId].map((text) => text.length > 0)).toEqual([true, true, true]);
  expect(answer.headers.get('x-trace-id')).toBe(problem.traceId);
  return problem;
}

/** Names of the wrong fields, each once, in order. */
export const fieldsOf = (problem: Problem) => [...new Set((problem.errors ?? []).map(({ field }) => field))].sort();

/** Makes a client by the operator's command line, as a real limited program would get one. */
export async function limitedClient(
  topology: Pick<Topology, 'env' | 'gatewayUrl'>,
  scopes: string,
  limits: string[],
): Promise<ApiClient> {
  const output = execFileSync(
    process.execPath,
    [
      join(ROOT, 'dist/apps/gateway/src/client.cli.js'),
      'create',
      '--name',
      'Limited',
      '--scopes',
      scopes,
      '--company',
      'cmp_demo',
      ...limits,
    ],
    { env: { ...process.env, ...topology.env }, encoding: 'utf8' },
  );
  const [id] = /cli_\w+/.exec(output) ?? [];
  const [, secret] = /secret[^\w-]+([\w-]{20,})/i.exec(output) ?? [];
  return ApiClient.login(topology.gatewayUrl, id!, secret!);
}
