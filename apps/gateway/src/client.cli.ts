import 'reflect-metadata';
import { createDataSource, loadConfig } from '@app/shared';
import { runClientCommand } from './client/client.command';
import { GatewayCliConfig, identityDatabaseUrl } from './gateway.config';

/** Makes API clients from the command line; the first one of an installation has no other way. */
async function main(): Promise<void> {
  const dataSource = await createDataSource({
    url: identityDatabaseUrl(loadConfig(GatewayCliConfig)),
    schema: 'identity',
    poolSize: 1,
  }).initialize();
  try {
    console.log(await runClientCommand(process.argv.slice(2), dataSource));
  } finally {
    await dataSource.destroy();
  }
}

main().catch((error: Error) => {
  console.error(error.message);
  const { errors } = (error as { details?: { errors?: { field: string; message: string }[] } }).details ?? {};
  for (const { field, message } of errors ?? []) console.error(`  ${field}: ${message}`);
  process.exitCode = 1;
});
