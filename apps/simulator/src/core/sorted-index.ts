interface Entry<T> {
  at: number;
  seq: number;
  item: T;
}

/**
 * Items in order of an instant (then of their number), kept sorted while they change, so that a window is two binary
 * searches and a page is a slice. Deletions move memory, which is cheap up to millions of rows.
 */
export class SortedIndex<T> {
  private readonly entries: Entry<T>[] = [];
  private readonly known = new Map<T, Entry<T>>();

  /** Puts an item at an instant, taking it away from where it was before. */
  put(item: T, at: number, seq: number): void {
    const old = this.known.get(item);
    if (old && old.at === at && old.seq === seq) return;
    if (old) this.remove(item);
    const entry = { at, seq, item };
    this.known.set(item, entry);
    const last = this.entries[this.entries.length - 1];
    if (!last || last.at < at || (last.at === at && last.seq < seq)) this.entries.push(entry);
    else this.entries.splice(this.lowerBound(at, seq), 0, entry);
  }

  remove(item: T): void {
    const entry = this.known.get(item);
    if (!entry) return;
    this.known.delete(item);
    this.entries.splice(this.lowerBound(entry.at, entry.seq), 1);
  }

  /** Positions [low, high) of the items whose instant lies in [from, to], both included. */
  window(from: number, to: number): { low: number; high: number } {
    return { low: this.lowerBound(from, -1), high: this.lowerBound(to + 1, -1) };
  }

  /** The item at a position, oldest first. */
  at(position: number): T {
    const entry = this.entries[position];
    if (!entry) throw new Error(`The index holds no position ${position}.`);
    return entry.item;
  }

  get size(): number {
    return this.entries.length;
  }

  private lowerBound(at: number, seq: number): number {
    let low = 0;
    let high = this.entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const entry = this.entries[middle]!;
      if (entry.at < at || (entry.at === at && entry.seq < seq)) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
