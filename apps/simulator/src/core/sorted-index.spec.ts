import * as fc from 'fast-check';
import { DueQueue } from './due-queue';
import { SortedIndex } from './sorted-index';

const change = fc.record({
  item: fc.integer({ min: 0, max: 30 }),
  at: fc.integer({ min: 0, max: 50 }),
  isGone: fc.boolean(),
});

describe('a sorted index', () => {
  it('holds each item once, in order, whatever was put, moved and removed', () => {
    fc.assert(
      fc.property(
        fc.array(change, { maxLength: 200 }),
        fc.integer({ min: 0, max: 50 }),
        fc.integer({ min: 0, max: 50 }),
        (changes, a, b) => {
          const items = Array.from({ length: 31 }, (_, n) => ({ n }));
          const index = new SortedIndex<{ n: number }>();
          const model = new Map<number, number>();
          for (const { item, at, isGone } of changes) {
            if (isGone) {
              index.remove(items[item]!);
              model.delete(item);
            } else {
              index.put(items[item]!, at, item);
              model.set(item, at);
            }
          }
          const [from, to] = [Math.min(a, b), Math.max(a, b)];
          const { low, high } = index.window(from, to);
          const found = Array.from({ length: high - low }, (_, i) => index.at(low + i).n);
          const wanted = [...model]
            .filter(([, at]) => at >= from && at <= to)
            .sort((x, y) => x[1] - y[1] || x[0] - y[0]);
          expect(found).toEqual(wanted.map(([item]) => item));
          expect(index.size).toBe(model.size);
        },
      ),
    );
  });
});

describe('a due queue', () => {
  it('gives out what is due, earliest first, and nothing early', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 100 })), fc.integer({ min: 0, max: 100 }), (times, now) => {
        const queue = new DueQueue<number>();
        times.forEach((at, tie) => queue.push({ at, tie, value: at }));
        const taken: number[] = [];
        for (let next = queue.take(now); next; next = queue.take(now)) taken.push(next.value);
        expect(taken).toEqual(times.filter((at) => at <= now).sort((x, y) => x - y));
      }),
    );
  });
});
