import { AppError, ErrorDetails } from '@app/shared';
import { PlatformConfig, PlatformConfigKey } from '../port';

/** Where the registry looks beside its sibling folders, and the environment that folders read their keys from. */
export interface RegistryEnvironment {
  env: Readonly<Record<string, string | undefined>>;
  /** Folders named by PLATFORM_FOLDERS, separated by `:`; each is a platform's, or holds those of several. */
  extraFolders: readonly string[];
}

/** The process environment as the registry needs it. */
export function registryEnvironment(
  env: Readonly<Record<string, string | undefined>> = process.env,
): RegistryEnvironment {
  return { env, extraFolders: (env['PLATFORM_FOLDERS'] ?? '').split(':').filter((folder) => folder !== '') };
}

/** Values of a folder's keys; names every wrong key at once. */
export function resolvePlatformConfig(
  code: string,
  keys: readonly PlatformConfigKey[],
  env: Readonly<Record<string, string | undefined>>,
): PlatformConfig {
  const errors: NonNullable<ErrorDetails['errors']> = [];
  const config: Record<string, string | number | boolean> = {};
  for (const key of keys) {
    const stated = env[key.env];
    const text = stated === undefined || stated === '' ? key.default : stated;
    const value = readValue(key, text);
    if (value === undefined)
      errors.push({ field: key.env, code: 'INVALID', message: `must be ${NEED[key.kind]}: ${key.doc}` });
    else config[key.name] = value;
  }
  if (errors.length > 0) {
    const list = errors.map((error) => `${error.field} ${error.message}`).join('; ');
    throw new AppError('PLATFORM.BAD_CONFIG', `The settings of platform ${code} are wrong: ${list}.`, { errors });
  }
  return config;
}

const NEED: Record<PlatformConfigKey['kind'], string> = {
  url: 'an http, https, ws or wss address',
  text: 'a text',
  integer: 'a whole number from 0 up',
  boolean: 'true or false',
};

function readValue(key: PlatformConfigKey, text: string): string | number | boolean | undefined {
  switch (key.kind) {
    case 'text':
      return text;
    case 'url':
      return URL.canParse(text) && /^(https?|wss?):$/.test(new URL(text).protocol) ? text : undefined;
    case 'integer':
      return /^\d+$/.test(text) && Number.isSafeInteger(Number(text)) ? Number(text) : undefined;
    case 'boolean':
      return text === 'true' || text === 'false' ? text === 'true' : undefined;
  }
}
