import { Turnstile } from './turnstile';

/** A turnstile that notes its groups; each passes only when let. */
function turnstile(most: number, answer: (items: readonly string[]) => readonly string[] = (items) => items) {
  const groups: string[][] = [];
  const gates: (() => void)[] = [];
  const passing = new Turnstile<string, string>(
    async (items) => {
      groups.push([...items]);
      await new Promise<void>((resolve) => gates.push(resolve));
      return answer(items);
    },
    (items) => Math.min(items.length, most),
  );
  const letOne = async (): Promise<void> => {
    gates.shift()!();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { passing, groups, letOne };
}

describe('a turnstile', () => {
  it('lets one that comes alone through at once, and those that come meanwhile together, at most so many', async () => {
    const { passing, groups, letOne } = turnstile(3);
    const passed = ['a', 'b', 'c', 'd', 'e'].map((item) => passing.enter('lane', item));
    expect(groups).toEqual([['a']]);
    await letOne();
    await letOne();
    await letOne();
    expect(groups).toEqual([['a'], ['b', 'c', 'd'], ['e']]);
    expect(await Promise.all(passed)).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  it('keeps lanes apart, and a lane that was empty begins anew', async () => {
    const { passing, groups, letOne } = turnstile(3);
    const first = [passing.enter('one', 'a'), passing.enter('two', 'b')];
    expect(groups).toEqual([['a'], ['b']]);
    await letOne();
    await letOne();
    await Promise.all(first);
    void passing.enter('one', 'c');
    expect(groups[2]).toEqual(['c']);
  });

  it('tells a failure to all of its group and goes on with the next', async () => {
    const { passing, letOne } = turnstile(2, (items) => {
      if (items.includes('bad')) throw new Error('refused');
      return items;
    });
    const told = Promise.allSettled(['a', 'bad', 'with', 'after'].map((item) => passing.enter('lane', item)));
    await letOne();
    await letOne();
    await letOne();
    expect((await told).map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected', 'fulfilled']);
  });
});
