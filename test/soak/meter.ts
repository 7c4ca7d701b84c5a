import { readdirSync, readFileSync } from 'node:fs';
import { systemWireClock } from '@app/shared';
import type { Installation } from './installation';
import { repeat } from './people';

/** Linux counts processor time in hundredths of a second for programs, whatever the kernel's own tick. */
const TICKS_PER_SECOND = 100;
const SAMPLE_MS = 5_000;
const MINUTE_MS = 60_000;

interface Usage {
  rssMb: number;
  cpuSeconds: number;
}

/** Memory and processor time of one process; of PostgreSQL with the back-ends that have ended. */
function usageOf(pid: number | undefined, isParent = false): Usage | undefined {
  if (!pid) return undefined;
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')
      .map(Number);
    const ticks = fields[11]! + fields[12]! + (isParent ? fields[13]! + fields[14]! : 0);
    const rss = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '0';
    return { rssMb: Number(rss) / 1024, cpuSeconds: ticks / TICKS_PER_SECOND };
  } catch (error) {
    // The process ended between two looks.
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}

function childrenOf(parent: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        return (
          Number(
            readFileSync(`/proc/${pid}/stat`, 'utf8')
              .replace(/^.*\) /s, '')
              .split(' ')[1],
          ) === parent
        );
      } catch (error) {
        if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return false;
        throw error;
      }
    });
}

/** Memory of a process minute by minute, and the processor time of all its lives. */
export interface Meter {
  rssMb: { minute: number; mb: number }[];
  cpuSeconds: number;
}

/** Measures every process of the installation from outside. */
export class Meters {
  readonly meters = new Map<string, Meter>();
  private readonly lives = new Map<string, Map<number, number>>();
  private readonly begin = systemWireClock.now();

  constructor(private readonly installation: Installation) {}

  run(stop: AbortSignal): Promise<void> {
    return repeat(SAMPLE_MS, stop, async () => this.sample());
  }

  /** Reads all processes; call before a process is killed, since its last moments cannot be read afterwards. */
  sample(): void {
    for (const [name, process] of this.installation.processes) this.note(name, process.pid);
    this.note('simulator', this.installation.simulator.pid);
    this.note('soak', process.pid);
    const { postgres, redis } = this.installation.servers.pids;
    this.note('redis', redis);
    this.note('postgres', postgres, childrenOf(postgres));
  }

  /** Processor seconds per process over all its lives. */
  cpu(): Record<string, number> {
    return Object.fromEntries(
      [...this.meters].map(([name, { cpuSeconds }]) => [name, Math.round(cpuSeconds * 10) / 10]),
    );
  }

  private note(name: string, pid: number | undefined, children: number[] = []): void {
    const own = usageOf(pid, children.length > 0);
    if (!own || !pid) return;
    const parts = children.flatMap((child) => usageOf(child) ?? []);
    const lives = this.lives.get(name) ?? new Map<number, number>();
    this.lives.set(name, lives);
    lives.set(pid, own.cpuSeconds + parts.reduce((sum, part) => sum + part.cpuSeconds, 0));
    const meter = this.meters.get(name) ?? { rssMb: [], cpuSeconds: 0 };
    this.meters.set(name, meter);
    meter.cpuSeconds = [...lives.values()].reduce((sum, seconds) => sum + seconds, 0);
    const minute = Math.floor((systemWireClock.now() - this.begin) / MINUTE_MS);
    if (meter.rssMb.at(-1)?.minute === minute) return;
    // Back-ends of PostgreSQL share their buffers, so that their sum would count these many times.
    meter.rssMb.push({ minute, mb: Math.round(own.rssMb) });
  }
}
