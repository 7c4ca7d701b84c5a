/** HUIDIAN_KILL_AT=`<point>[:<nth>]` makes a test process kill itself there; refused outside of test mode. */
export function killSetting(): { point: string; nth: number } | undefined {
  const text = process.env.HUIDIAN_KILL_AT;
  if (!text) return undefined;
  if (process.env.HUIDIAN_MODE !== 'test')
    throw new Error('HUIDIAN_KILL_AT is for tests only; unset it or set HUIDIAN_MODE=test.');
  const [point = '', nth = '1'] = text.split(':');
  return { point, nth: Number(nth) };
}
