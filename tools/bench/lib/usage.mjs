import { readFileSync } from 'node:fs';

/** Milliseconds of one clock tick of /proc; 100 a second on every Linux. */
const TICK_MS = 10;

/** Milliseconds of processor time that a process has used; 0 when it is gone. */
export function cpuMs(pid) {
  let text;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT' || error.code === 'ESRCH') return 0;
    throw error;
  }
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}

/** Resident memory of a process in MB. */
export function rssMb(pid) {
  const text = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+) kB/.exec(text)[1]) / 1024;
}

/** Processor time by process: of services by their name, of PostgreSQL by the schema that its connections serve. */
export class Usage {
  constructor(installation, admin) {
    Object.assign(this, { installation, admin });
  }

  async read() {
    const spent = new Map();
    const add = (name, ms) => spent.set(name, (spent.get(name) ?? 0) + ms);
    for (const [name, process] of this.installation.processes) add(`node ${name}`, cpuMs(process.pid));
    const { rows } = await this.admin.query(
      `SELECT pid, coalesce(nullif(application_name, ''), backend_type) AS name FROM pg_stat_activity WHERE pid <> pg_backend_pid()`,
    );
    for (const { pid, name } of rows) add(`postgres ${name.replace('huidian-', '')}`, cpuMs(pid));
    return spent;
  }

  /** What was spent between two readings, largest first. A connection that was closed meanwhile is missing. */
  static between(before, after) {
    return [...after]
      .map(([name, ms]) => ({ name, ms: ms - (before.get(name) ?? 0) }))
      .filter(({ ms }) => ms > 0)
      .sort((a, b) => b.ms - a.ms);
  }
}
