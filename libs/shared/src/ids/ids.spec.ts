import { newId, newTraceId } from './ids';

describe('ids', () => {
  it('have their prefix and 26 characters, and are never equal', () => {
    const ids = Array.from({ length: 5_000 }, () => newId('ord'));
    expect(new Set(ids).size).toBe(5_000);
    for (const id of ids) expect(id).toMatch(/^ord_[0-9a-hjkmnp-tv-z]{26}$/);
  });

  it('sort by the millisecond in which they were made', async () => {
    const earlier = newId('x');
    await new Promise((resolve) => setTimeout(resolve, 3));
    expect(newId('x') > earlier).toBe(true);
  });

  it('of traces are 32 hexadecimal characters', () => {
    expect(newTraceId()).toMatch(/^[0-9a-f]{32}$/);
  });
});
