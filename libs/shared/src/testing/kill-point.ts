import { existsSync, readFileSync, rmSync } from 'node:fs';
import { killFile, killSetting } from './kill-point.config';

const setting = killSetting();
const file = killFile();
let passed = 0;

/** A named step at which a test may have the process killed with SIGKILL; without effect otherwise. */
export function killPoint(name: string): void {
  if (file !== undefined && isOrdered(file, name)) process.kill(process.pid, 'SIGKILL');
  if (setting?.point !== name) return;
  passed += 1;
  if (passed === setting.nth) process.kill(process.pid, 'SIGKILL');
}

/** The order is gone before it is obeyed, so that the process that is started in place of this one lives. */
function isOrdered(path: string, name: string): boolean {
  if (!existsSync(path) || readFileSync(path, 'utf8') !== name) return false;
  rmSync(path);
  return true;
}
