import { killSetting } from './kill-point.config';

const setting = killSetting();
let passed = 0;

/** A named step at which a test may have the process killed with SIGKILL; without effect otherwise. */
export function killPoint(name: string): void {
  if (setting?.point !== name) return;
  passed += 1;
  if (passed === setting.nth) process.kill(process.pid, 'SIGKILL');
}
