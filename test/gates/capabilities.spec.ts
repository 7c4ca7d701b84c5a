import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '..', '..');
/** Files whose tests drive the public API, simulators or whole installations; suites are run by e2e specs. */
const PROVING_FILE = /\.(api-spec|e2e-spec|suite)\.ts$/;

interface Row {
  id: string;
  proofs: { title: string; file: string }[];
}

/** Rows of the table "Built" of docs/capabilities.md; one proof per line of the last cell: title — `file`. */
function builtRows(): Row[] {
  const text = readFileSync(join(ROOT, 'docs/capabilities.md'), 'utf8');
  const table = text.slice(text.indexOf('## Built\n'), text.indexOf('## Built in part'));
  return [...table.matchAll(/^\| ([A-Z]\d+)\s*\|[^|]*\|(.*)\|$/gm)].map(([, id, cell]) => ({
    id: id!,
    proofs: [...cell!.trim().matchAll(/(.+?) — `([^`]+)`(?:<br>|$)/g)].map(([, title, file]) => ({
      title: `[${id}] ${title!.trim()}`,
      file: file!,
    })),
  }));
}

/** Why a proof does not hold, or nothing. */
function flawOf({ title, file }: Row['proofs'][number]): string | undefined {
  if (!PROVING_FILE.test(file)) return `${file} is neither an API nor an end-to-end test`;
  if (!existsSync(join(ROOT, file))) return `${file} does not exist`;
  const hasTitle = readFileSync(join(ROOT, file), 'utf8').includes(title);
  return hasTitle ? undefined : `${file} has no test "${title}"; mend the title there or the row of the table`;
}

describe('docs/capabilities.md', () => {
  const rows = builtRows();

  it('names at least one proof for every capability that it calls built', () => {
    expect(rows.length).toBeGreaterThan(0);
    expect(rows.filter(({ proofs }) => proofs.length === 0).map(({ id }) => id)).toEqual([]);
    expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length);
  });

  it('names tests that exist, drive the API or whole installations, and begin with the id', () => {
    expect(rows.flatMap(({ proofs }) => proofs.flatMap((proof) => flawOf(proof) ?? []))).toEqual([]);
  });
});
