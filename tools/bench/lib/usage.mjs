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

const SAMPLE_MS = 250;

/**
 * Processor time over a span: of services by their name, of PostgreSQL by the schema that its connections serve. Connections
 * come and go, so they are looked at again and again; what one spends after the last look is missing.
 */
export class Usage {
  constructor(installation, admin) {
    Object.assign(this, { installation, admin, spans: new Map() });
  }

  async start() {
    await this.look();
    for (const span of this.spans.values()) span.first = span.last;
    this.timer = setInterval(() => void this.look(true), SAMPLE_MS);
  }

  /** Milliseconds by name, largest first. */
  async stop() {
    clearInterval(this.timer);
    await this.looking;
    await this.look(true);
    const spent = new Map();
    for (const { name, first, last } of this.spans.values()) spent.set(name, (spent.get(name) ?? 0) + last - first);
    return new Map([...spent].filter(([, ms]) => ms > 0).sort((a, b) => b[1] - a[1]));
  }

  look(isLate = false) {
    this.looking ??= this.lookNow(isLate).finally(() => (this.looking = undefined));
    return this.looking;
  }

  async lookNow(isLate) {
    const see = (pid, name) => {
      const ms = cpuMs(pid);
      const span = this.spans.get(pid);
      // A connection that is still being opened has no name yet.
      if (span) Object.assign(span, { name, last: Math.max(span.last, ms) });
      else this.spans.set(pid, { name, first: isLate ? 0 : ms, last: ms });
    };
    for (const [name, process] of this.installation.processes) see(process.pid, `node ${name}`);
    const { rows } = await this.admin.query(
      `SELECT pid, coalesce(nullif(application_name, ''), backend_type) AS name FROM pg_stat_activity WHERE pid <> pg_backend_pid()`,
    );
    for (const { pid, name } of rows) see(pid, `postgres ${name.replace('huidian-', '')}`);
  }
}
