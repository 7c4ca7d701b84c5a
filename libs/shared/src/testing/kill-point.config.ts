function refuseOutsideOfTests(key: string): void {
  if (process.env.HUIDIAN_MODE !== 'test')
    throw new Error(`${key} is for tests only; unset it or set HUIDIAN_MODE=test.`);
}

/** HUIDIAN_KILL_AT=`<point>[:<nth>]` makes a test process kill itself there; refused outside of test mode. */
export function killSetting(): { point: string; nth: number } | undefined {
  const text = process.env.HUIDIAN_KILL_AT;
  if (!text) return undefined;
  refuseOutsideOfTests('HUIDIAN_KILL_AT');
  const [point = '', nth = '1'] = text.split(':');
  return { point, nth: Number(nth) };
}

/** HUIDIAN_KILL_FILE: a file that may name, at any time, the point at which this process kills itself; refused outside of test mode. */
export function killFile(): string | undefined {
  const path = process.env.HUIDIAN_KILL_FILE;
  if (!path) return undefined;
  refuseOutsideOfTests('HUIDIAN_KILL_FILE');
  return path;
}
