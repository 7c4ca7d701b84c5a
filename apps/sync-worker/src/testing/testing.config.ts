/** The environment of a test with the database of the app under test, which reads its address from there. */
export function syncTestEnvironment(databaseUrl: string): NodeJS.ProcessEnv {
  process.env['SYNC_DATABASE_URL'] = databaseUrl;
  return process.env;
}
