import 'reflect-metadata';
import { plainToInstance } from 'class-transformer';
import { validateSync, type ValidationError } from 'class-validator';

function explain(error: ValidationError): string {
  const reasons = Object.values(error.constraints ?? {}).join('; ');
  return `  ${error.property}: ${reasons}`;
}

/**
 * Reads and checks an app's settings once, at start. The class's fields are the env keys, with class-validator
 * decorators; numbers and booleans need `@Type(() => Number)` or `@Transform`. Empty texts count as absent.
 * Throws one Error that names every bad key.
 */
export function loadConfig<T extends object>(schema: new () => T, env: NodeJS.ProcessEnv = process.env): T {
  const known: Record<string, string> = {};
  for (const [key, value] of Object.entries(env)) if (value !== undefined && value !== '') known[key] = value;
  const config = plainToInstance(schema, known, { exposeDefaultValues: true });
  const errors = validateSync(config, { whitelist: false, forbidUnknownValues: false });
  if (errors.length > 0) {
    throw new Error(
      `Settings are wrong, mend these environment variables and start again:\n${errors.map(explain).join('\n')}`,
    );
  }
  return config;
}
