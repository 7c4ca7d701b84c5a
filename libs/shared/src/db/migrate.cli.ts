import { loadConfig } from '../config/load-config';
import { MigrateConfig } from './migrate.config';
import { migrate } from './migrate';

async function main(): Promise<void> {
  const config = loadConfig(MigrateConfig);
  await migrate({ adminUrl: config.DATABASE_URL, rolePassword: config.DATABASE_ROLE_PASSWORD });
}

main().catch((error: unknown) => {
  process.stderr.write(`Migration failed: ${String((error as Error).message)}\n`);
  process.exitCode = 1;
});
