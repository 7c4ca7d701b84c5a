import type { FactEnvelope } from './fact';
import type { FactConsumer } from './fact.consumer';
import { FactGate } from './fact.gate';

function factOf(eventId: string, changes: Partial<FactEnvelope> = {}): FactEnvelope {
  return {
    companyId: 'cmp_1',
    eventId,
    name: 'order.paid',
    producer: 'orders',
    traceId: `trace-${eventId}`,
    occurredAt: '2026-11-11T12:00:00.000Z',
    items: '[{}]',
    ...changes,
  };
}

/** A gate before a consumer that notes what it was given together, and ends each call when told. */
function gateBefore(judge: (ids: string[]) => Error | undefined = () => undefined) {
  const calls: string[][] = [];
  const consumer = {
    consume: async (...envelopes: FactEnvelope[]) => {
      const ids = envelopes.map(({ eventId }) => eventId);
      calls.push(ids);
      await new Promise((resolve) => setImmediate(resolve));
      const error = judge(ids);
      if (error) throw error;
    },
  };
  return { gate: new FactGate(consumer as unknown as FactConsumer), calls };
}

describe('the gate of facts', () => {
  it('[A21] applies a fact that comes alone at once, and those that come meanwhile together', async () => {
    const { gate, calls } = gateBefore();
    await Promise.all(['a', 'b', 'c', 'd'].map((id) => gate.pass(factOf(id))));
    await gate.pass(factOf('e'));
    expect(calls).toEqual([['a'], ['b', 'c', 'd'], ['e']]);
  });

  it('[A21] keeps companies and kinds apart', async () => {
    const { gate, calls } = gateBefore();
    await Promise.all([
      gate.pass(factOf('a')),
      gate.pass(factOf('b', { companyId: 'cmp_2' })),
      gate.pass(factOf('c', { name: 'order.cancelled' })),
    ]);
    expect(calls).toEqual([['a'], ['b'], ['c']]);
  });

  it('[A21] tells a bad fact alone that it failed, and applies those that came with it', async () => {
    const { gate } = gateBefore((ids) => (ids.includes('c') ? new Error('c is bad') : undefined));
    const told = await Promise.allSettled(['a', 'b', 'c', 'd'].map((id) => gate.pass(factOf(id))));
    expect(told.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
  });

  it('[A21] does not ask a database that is away once more for each fact', async () => {
    const { gate, calls } = gateBefore(() => new Error('connect ECONNREFUSED 127.0.0.1:5432'));
    const told = await Promise.allSettled(['a', 'b', 'c'].map((id) => gate.pass(factOf(id))));
    expect(told.every(({ status }) => status === 'rejected')).toBe(true);
    expect(calls).toEqual([['a'], ['b', 'c']]);
  });

  it('[A21] adds no more facts to a long one', async () => {
    const { gate, calls } = gateBefore();
    const long = 'x'.repeat(400_000);
    await Promise.all(['a', 'b', 'c', 'd'].map((id) => gate.pass(factOf(id, { items: long }))));
    expect(calls).toEqual([['a'], ['b', 'c'], ['d']]);
  });
});
