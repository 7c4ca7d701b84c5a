import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { ROOT } from './support/planted-tree';

/** A code as the first argument of an AppError, also on the line below. */
const THROWN = /AppError\(\s*(?:[\w.]+ \?\? )?'([A-Z][A-Z_]*(?:\.[A-Z][A-Z_]*)?)'/g;
const SPEC = /[.-]spec\.ts$|\.suite\.ts$/;

function filesIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name));
}

describe('error codes', () => {
  const files = ['apps', 'libs', 'test'].flatMap((folder) => filesIn(join(ROOT, folder)));
  const texts = new Map(files.map((file) => [relative(ROOT, file), readFileSync(file, 'utf8')]));
  const sources = [...texts].filter(
    ([file]) =>
      (file.startsWith('apps/') || file.startsWith('libs/shared/')) && !SPEC.test(file) && !file.includes('/testing/'),
  );
  const specs = [...texts].flatMap(([file, text]) =>
    SPEC.test(file) && !file.endsWith('error-codes.spec.ts') ? [text] : [],
  );
  const thrown = new Map<string, string[]>();
  for (const [file, text] of sources)
    for (const [, code] of text.matchAll(THROWN)) thrown.set(code!, [...(thrown.get(code!) ?? []), file]);

  it('are found in the sources', () => {
    expect(thrown.size).toBeGreaterThan(80);
    expect([...thrown.keys()]).toEqual(expect.arrayContaining(['RESERVATION.SHORT', 'ORDER.VERSION_CONFLICT']));
  });

  it('are each provoked by a test', () => {
    const unproven = [...thrown].flatMap(([code, from]) =>
      specs.some((text) => text.includes(`'${code}'`)) ? [] : [`${code} (${[...new Set(from)].join(', ')})`],
    );
    expect(unproven).toEqual([]);
  });
});
