import { execFile, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, parse } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { PlainError, say } from '../lib/say.mjs';

const PACKAGES = ['libreoffice-calc', 'python3-uno'];
const HOW = `Install LibreOffice Calc and its Python bridge (Debian and Ubuntu: apt-get install -y ${PACKAGES.join(' ')}) and run the check again.`;
/** The distribution's own Python: another one on the path does not know the bridge. */
const PYTHON = '/usr/bin/python3';
const FROZEN = fileURLToPath(new URL('frozen.py', import.meta.url));
const CONVERT_TIMEOUT_MS = 180_000;
/** Comma, quotes where needed, UTF-8, from the first line on, numbers as they are shown. */
const CSV_OUT = 'csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,true';
const CSV_IN = '--infilter=CSV:44,34,76,1';

function look() {
  const hasBridge = spawnSync(PYTHON, ['-c', 'import uno'], { stdio: 'ignore' }).status === 0;
  for (const command of hasBridge ? ['soffice', 'libreoffice'] : []) {
    const run = spawnSync(command, ['--version'], { encoding: 'utf8', timeout: 60_000 });
    if (run.status === 0) return { command, version: run.stdout.trim() };
  }
  return undefined;
}

/** The spreadsheet program and its version; installs it where root and apt are there. */
export function findOffice() {
  const found = look();
  if (found) return found;
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get'))
    throw new PlainError(`There is no LibreOffice. ${HOW}`);
  say('Installing LibreOffice Calc …');
  spawnSync('apt-get', ['update', '-qq'], { stdio: 'ignore' });
  spawnSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...PACKAGES], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
  const installed = look();
  if (!installed) throw new PlainError(`LibreOffice could not be installed. ${HOW}`);
  return installed;
}

/** Not in the way of the event loop: a connection that the other side closes meanwhile must be seen. */
async function run(command, args) {
  try {
    return await promisify(execFile)(command, args, { encoding: 'utf8', timeout: CONVERT_TIMEOUT_MS });
  } catch (error) {
    return { stdout: error.stdout ?? '', stderr: error.stderr || error.message };
  }
}

/** How many rows stay in sight when the file is opened. */
export async function frozenRows(office, file, work) {
  const profile = pathToFileURL(join(work, 'profile')).href;
  const { stdout, stderr } = await run(PYTHON, [FROZEN, office.command, profile, file]);
  const told = /^(True|False) (\d+) (\d+)/m.exec(stdout);
  if (!told) throw new PlainError(`${office.version} could not open ${file}: ${stderr || stdout}`);
  return told[1] === 'True' ? Number(told[2]) : 0;
}

/** Opens a file and saves it in another form; answers where. Each call has a folder and all calls one profile of their own. */
export async function convert(office, file, form, work) {
  const folder = join(work, `${parse(file).base.replaceAll('.', '-')}-as-${form}`);
  const args = [`-env:UserInstallation=${pathToFileURL(join(work, 'profile'))}`, '--headless', '--norestore'];
  if (file.endsWith('.csv')) args.push(CSV_IN);
  args.push('--convert-to', form === 'csv' ? CSV_OUT : form, '--outdir', folder, file);
  const { stdout, stderr } = await run(office.command, args);
  const made = join(folder, `${parse(file).name}.${form}`);
  if (!existsSync(made))
    throw new PlainError(`${office.version} could not turn ${file} into ${form}: ${stderr || stdout}`);
  return made;
}
