/** Where tests find their servers; `npm test` sets both. */
export function testEnvironment(): { adminUrl: string; redisUrl: string; templateBase: string } {
  const adminUrl = process.env.DATABASE_URL;
  const redisUrl = process.env.REDIS_URL;
  if (!adminUrl || !redisUrl) {
    throw new Error(
      'Tests need DATABASE_URL and REDIS_URL: run them by `npm test`, or start servers with `node tools/servers.mjs start --test`.',
    );
  }
  return { adminUrl, redisUrl, templateBase: process.env.HUIDIAN_TEST_TEMPLATE || 'huidian_test_template' };
}
