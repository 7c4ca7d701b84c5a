import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

/** The checkout whose rules are judged. */
export const ROOT = resolve(__dirname, '../../..');

/** A small source tree in a temporary folder, into which violations are planted. */
export class PlantedTree {
  readonly dir = mkdtempSync(join(tmpdir(), 'huidian-gate-'));

  /** Writes a file and the folders above it. */
  write(path: string, text: string): void {
    const full = join(this.dir, path);
    mkdirSync(dirname(full), { recursive: true });
    writeFileSync(full, text);
  }

  /** Runs a program of the checkout's node_modules in the tree and answers its standard output. */
  run(program: string, args: string[]): string {
    const script = join(ROOT, 'node_modules', program);
    const run = spawnSync(process.execPath, [script, ...args], {
      cwd: this.dir,
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
    });
    if (!run.stdout.trim()) throw new Error(`${program} printed nothing (exit ${run.status}): ${run.stderr}`);
    return run.stdout;
  }

  remove(): void {
    rmSync(this.dir, { recursive: true, force: true });
  }
}

/** Compiler settings with the aliases of the project, for a planted tree. */
export const TSCONFIG = JSON.stringify({
  compilerOptions: {
    module: 'commonjs',
    moduleResolution: 'node',
    target: 'ES2022',
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    experimentalDecorators: true,
    types: ['node'],
    baseUrl: '.',
    paths: Object.fromEntries(
      ['shared', 'contracts', 'platforms'].flatMap((name) => [
        [`@app/${name}`, [`libs/${name}/src/index.ts`]],
        [`@app/${name}/*`, [`libs/${name}/src/*`]],
      ]),
    ),
  },
  include: ['apps', 'libs', 'test', 'migrations'],
});
