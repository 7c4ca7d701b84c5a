import 'reflect-metadata';
import { createDataSource, loadConfig, systemWireClock } from '@app/shared';
import { GatewayCliConfig, identityDatabaseUrl } from './gateway.config';
import { SigningKeyRepository } from './signing-key/signing-key.repository';
import { SigningKeys } from './signing-key/signing-keys.service';

/** Adds a key that will sign tokens, while the tokens of the old one stay valid. Run it while the gateway runs. */
async function main(): Promise<void> {
  if (process.argv[2] !== 'rotate') throw new Error('Usage: signing-key rotate');
  const config = loadConfig(GatewayCliConfig);
  const dataSource = await createDataSource({
    url: identityDatabaseUrl(config),
    schema: 'identity',
    poolSize: 1,
  }).initialize();
  try {
    const { kid, signsFrom, removed } = await new SigningKeys(
      dataSource,
      new SigningKeyRepository(),
      config,
      systemWireClock,
    ).rotate();
    console.log(
      `Key ${kid} signs from ${signsFrom.toISOString()}. Removed, since no valid token names them: ${removed.join(', ') || 'none'}.`,
    );
  } finally {
    await dataSource.destroy();
  }
}

main().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
