/** Something due at a story instant. */
export interface Due<T> {
  at: number;
  /** Breaks ties, so that equal instants always run in the same order. */
  tie: number;
  value: T;
}

/** A binary heap; the earliest item comes first. */
export class DueQueue<T> {
  private readonly heap: Due<T>[] = [];

  push(due: Due<T>): void {
    this.heap.push(due);
    let child = this.heap.length - 1;
    while (child > 0) {
      const parent = (child - 1) >>> 1;
      if (!isBefore(this.heap[child]!, this.heap[parent]!)) break;
      this.swap(child, parent);
      child = parent;
    }
  }

  /** Takes the earliest item when it is due at the instant. */
  take(now: number): Due<T> | undefined {
    const first = this.heap[0];
    if (!first || first.at > now) return undefined;
    const last = this.heap.pop()!;
    if (this.heap.length > 0) {
      this.heap[0] = last;
      this.sink();
    }
    return first;
  }

  private sink(): void {
    let parent = 0;
    for (;;) {
      const left = parent * 2 + 1;
      const right = left + 1;
      let least = parent;
      if (left < this.heap.length && isBefore(this.heap[left]!, this.heap[least]!)) least = left;
      if (right < this.heap.length && isBefore(this.heap[right]!, this.heap[least]!)) least = right;
      if (least === parent) return;
      this.swap(parent, least);
      parent = least;
    }
  }

  private swap(a: number, b: number): void {
    const kept = this.heap[a]!;
    this.heap[a] = this.heap[b]!;
    this.heap[b] = kept;
  }
}

function isBefore<T>(a: Due<T>, b: Due<T>): boolean {
  return a.at < b.at || (a.at === b.at && a.tie < b.tie);
}
