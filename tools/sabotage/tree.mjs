import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ROOT } from '../lib/paths.mjs';
import { PlainError } from '../lib/say.mjs';

/** Copies what Git tracks, as it lies in the working folder, beside the packages; answers the copy's folder. */
export function copyTree(work) {
  const tree = join(work, 'tree');
  mkdirSync(tree);
  const list = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: ROOT,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  for (const path of new Set(list.split('\0').filter((name) => name !== ''))) {
    // A tracked file that was deleted and not committed is no source any more.
    if (!existsSync(join(ROOT, path))) continue;
    mkdirSync(dirname(join(tree, path)), { recursive: true });
    cpSync(join(ROOT, path), join(tree, path));
  }
  symlinkSync(join(ROOT, 'node_modules'), join(tree, 'node_modules'));
  return tree;
}

/** The text with one patch applied; throws unless the place is there exactly once. */
function patched(text, { file, find, replace }, id) {
  const places = text.split(find).length - 1;
  if (places !== 1)
    throw new PlainError(
      `Defect ${id}: its place in ${file} was found ${places} times instead of once. ` +
        `The source has changed; write the patch anew (tools/sabotage):\n${find}`,
    );
  if (find === replace) throw new PlainError(`Defect ${id} changes nothing in ${file}.`);
  return text.replace(find, () => replace);
}

/** Applies a defect's patches; answers its diff and restore(), which puts the files back as they were. */
export function applyPatches(tree, patches, id = '') {
  const before = new Map();
  const texts = new Map();
  for (const patch of patches) {
    const path = join(tree, patch.file);
    if (!existsSync(path)) throw new PlainError(`Defect ${id}: there is no file ${patch.file} any more.`);
    if (!before.has(path)) before.set(path, readFileSync(path, 'utf8'));
    texts.set(path, patched(texts.get(path) ?? before.get(path), patch, id));
  }
  for (const [path, text] of texts) writeFileSync(path, text);
  const restore = () => {
    for (const [path, text] of before) writeFileSync(path, text);
  };
  return { diff: patches.map(diffOf).join('\n'), restore };
}

function diffOf({ file, find, replace }) {
  const lines = (sign, text) => text.split('\n').map((line) => `${sign} ${line}`);
  return [`--- ${file}`, ...lines('-', find), ...lines('+', replace)].join('\n');
}

/** Proves that every patch has its place and every named test exists, before anything runs. */
export function checkPatches(tree, defects) {
  const seen = new Set();
  for (const defect of defects) {
    if (seen.has(defect.id)) throw new PlainError(`Two defects have the id ${defect.id}.`);
    seen.add(defect.id);
    if (!existsSync(join(tree, defect.spec)))
      throw new PlainError(`Defect ${defect.id}: its test ${defect.spec} is gone.`);
    applyPatches(tree, defect.patches, defect.id).restore();
  }
}
