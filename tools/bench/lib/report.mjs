/** The middle of some figures. */
export function median(figures) {
  const sorted = [...figures].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** The figure below which a share of some figures lies. */
export function percentile(figures, share) {
  const sorted = [...figures].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)];
}

const DIGITS = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 3 });
const WHOLE = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

/** A number as people read it: three digits, whole from a thousand on. */
export const shown = (value) => (Math.abs(value) >= 1000 ? WHOLE.format(value) : DIGITS.format(value));

/** Figures of one benchmark: rows of rounds, bars over them, settings beside them. */
export class Report {
  constructor(name, title) {
    Object.assign(this, { name, title, settings: {}, series: [], bars: [], notes: [], breaches: [] });
  }

  set(settings) {
    Object.assign(this.settings, settings);
  }

  /** A figure per round, with its unit. */
  add(label, unit, rounds) {
    this.series.push({ label, unit, rounds });
    return rounds;
  }

  /** A bar over figures of the same rounds, such as a ratio of two of them; the median decides. */
  bar(label, rounds, sign, limit, unit = '×') {
    const middle = median(rounds);
    const isMet = sign === '≥' ? middle >= limit : middle <= limit;
    this.bars.push({ label, rounds, sign, limit, unit, isMet });
  }

  note(text) {
    this.notes.push(text);
  }

  /** A broken invariant: the benchmark has failed, whatever its speed. */
  breach(text) {
    this.breaches.push(text);
  }

  /** Demands a fact that the figures rest on. */
  check(what, found, wanted) {
    const [left, right] = [found, wanted].map((value) => JSON.stringify(value));
    if (left !== right) this.breach(`${what}: found ${left}, wanted ${right}`);
  }

  toString() {
    const range = (rounds, unit) =>
      rounds.length === 1
        ? `${shown(rounds[0])} ${unit}  (1 round)`
        : `${shown(median(rounds))} ${unit}  (${shown(Math.min(...rounds))} … ${shown(Math.max(...rounds))}, ${rounds.length} rounds)`;
    const lines = [`## ${this.name} ${this.title}`, ''];
    for (const [key, value] of Object.entries(this.settings)) lines.push(`- ${key}: ${value}`);
    lines.push('');
    for (const { label, unit, rounds } of this.series) lines.push(`${label}: ${range(rounds, unit)}`);
    lines.push('');
    for (const { label, rounds, sign, limit, unit, isMet } of this.bars)
      lines.push(`${isMet ? 'MET   ' : 'MISSED'} ${label}: ${range(rounds, unit)}, bar ${sign} ${limit} ${unit}`);
    for (const note of this.notes) lines.push(`note: ${note}`);
    for (const breach of this.breaches) lines.push(`BROKEN ${breach}`);
    lines.push(
      `invariants: ${this.breaches.length === 0 ? 'hold' : `${this.breaches.length} BROKEN, the figures count for nothing`}`,
    );
    return lines.join('\n');
  }

  toJSON() {
    const { name, title, settings, series, bars, notes, breaches } = this;
    return { name, title, settings, series, bars, notes, breaches };
  }
}
