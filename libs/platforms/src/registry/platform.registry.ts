import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { Value } from '@sinclair/typebox/value';
import { AppError, FieldError } from '@app/shared';
import { PlatformConfig, PlatformJob, PlatformManifest, PlatformPort, WindowRule } from '../port';
import { RegistryEnvironment, registryEnvironment, resolvePlatformConfig } from './platform.config';
import { manifestProblems, portProblems } from './platform.manifest-check';

const SIBLINGS = resolve(__dirname, '..');
const NOT_PLATFORMS = ['port', 'kit', 'registry', 'conformance'];

/** A platform that is ready for use. */
export interface Platform {
  code: string;
  /** Where it was found. */
  folder: string;
  manifest: PlatformManifest;
  config: PlatformConfig;
  port: PlatformPort;
  /** The manifest's window rules with the installation's overrides. */
  windows: Partial<Record<PlatformJob, WindowRule>>;
}

/**
 * What a stock number means to a platform in this installation: its key `stockMeans` where its documents leave that open,
 * else what its manifest says.
 */
export function stockMeansOf({ config, manifest }: Pick<Platform, 'config' | 'manifest'>): 'sellable' | 'on-hand' {
  const stated = config['stockMeans'];
  return stated === 'sellable' || stated === 'on-hand' ? stated : manifest.capabilities.stockMeans;
}

/** All platforms of this installation, found by reading folders; nothing else lists them. */
export class PlatformRegistry {
  private constructor(private readonly platforms: ReadonlyMap<string, Platform>) {}

  /**
   * Reads the folders beside this one and those of PLATFORM_FOLDERS. Throws PLATFORM.BAD_MANIFEST, PLATFORM.DUPLICATE,
   * PLATFORM.BAD_CONFIG, or PLATFORM.NONE when not a single folder was found.
   */
  static async load(environment: RegistryEnvironment = registryEnvironment()): Promise<PlatformRegistry> {
    const folders = [...(await foldersIn(SIBLINGS)).filter((folder) => !NOT_PLATFORMS.includes(basename(folder)))];
    for (const extra of environment.extraFolders) folders.push(...(await extraFolders(extra)));
    const platforms = new Map<string, Platform>();
    for (const folder of folders) {
      const platform = await loadPlatform(folder, environment);
      if (platforms.has(platform.code)) {
        throw new AppError(
          'PLATFORM.DUPLICATE',
          `Two folders offer platform ${platform.code}, the second is ${folder}; remove one.`,
        );
      }
      platforms.set(platform.code, platform);
    }
    if (platforms.size === 0) {
      throw new AppError(
        'PLATFORM.NONE',
        `No platform folder was found in ${SIBLINGS}; build the whole tree, since a build of one app leaves them out.`,
      );
    }
    return new PlatformRegistry(platforms);
  }

  /** Every platform, by code. */
  all(): Platform[] {
    return [...this.platforms.values()].sort((a, b) => (a.code < b.code ? -1 : 1));
  }

  /** Codes for validation of requests. */
  codes(): string[] {
    return this.all().map((platform) => platform.code);
  }

  /** True when there is a folder for the code. */
  has(code: string): boolean {
    return this.platforms.has(code);
  }

  /** The platform of a code; throws PLATFORM.UNKNOWN. */
  get(code: string): Platform {
    const platform = this.platforms.get(code);
    if (platform) return platform;
    throw new AppError('PLATFORM.UNKNOWN', `There is no platform ${code}; known are ${this.codes().join(', ')}.`, {
      code,
    });
  }

  /** Start-up check: every shop row must have its folder. Throws PLATFORM.UNKNOWN naming all that have none. */
  requireAll(codes: Iterable<string>): void {
    const missing = [...new Set(codes)].filter((code) => !this.platforms.has(code));
    if (missing.length === 0) return;
    throw new AppError(
      'PLATFORM.UNKNOWN',
      `Shops exist for platforms without a folder: ${missing.join(', ')}; set PLATFORM_FOLDERS or restore the folders.`,
      { missing },
    );
  }

  /** Checks a shop's further credentials by the manifest's schema; an empty list means that they fit. */
  credentialErrors(code: string, credentials: unknown): FieldError[] {
    const errors = [...Value.Errors(this.get(code).manifest.credentialSchema, credentials ?? {})];
    return errors.map((error) => ({
      field: `credentials${error.path.replaceAll('/', '.')}`,
      code: 'INVALID',
      message: error.message,
    }));
  }
}

async function foldersIn(parent: string): Promise<string[]> {
  const entries = await readdir(parent, { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map((entry) => join(parent, entry.name));
}

async function extraFolders(extra: string): Promise<string[]> {
  const folder = resolve(extra);
  const isFolder = await stat(folder).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (!isFolder) throw new AppError('PLATFORM.BAD_CONFIG', `PLATFORM_FOLDERS names ${extra}, which is not a folder.`);
  return (await hasIndex(folder)) ? [folder] : foldersIn(folder);
}

async function hasIndex(folder: string): Promise<boolean> {
  const files = await readdir(folder);
  return files.some((file) => file === 'index.js' || file === 'index.ts');
}

async function loadPlatform(folder: string, environment: RegistryEnvironment): Promise<Platform> {
  if (!(await hasIndex(folder))) throw badManifest(folder, ['the folder has no index']);
  const exported = (await import(folder)) as { manifest?: unknown };
  const problems = manifestProblems(exported.manifest, platformNameOf(folder));
  if (problems.length > 0) throw badManifest(folder, problems);
  const manifest = exported.manifest as PlatformManifest;
  const config = resolvePlatformConfig(manifest.code, manifest.configKeys, environment.env);
  const port = manifest.create(config);
  const missing = portProblems(port, manifest);
  if (missing.length > 0) throw badManifest(folder, missing);
  return { code: manifest.code, folder, manifest, config, port, windows: overriddenWindows(manifest, environment) };
}

/** A folder is named as its platform, or is the `adapter` half of one that is. */
function platformNameOf(folder: string): string {
  return basename(folder) === 'adapter' ? basename(dirname(folder)) : basename(folder);
}

function badManifest(folder: string, problems: readonly string[]): AppError {
  return new AppError('PLATFORM.BAD_MANIFEST', `Platform folder ${folder} cannot be used: ${problems.join('; ')}.`, {
    problems: [...problems],
  });
}

/** Overlap and index lag are UNCONFIRMED on every platform: `<CODE>_OVERLAP_SECONDS` and `<CODE>_INDEX_LAG_SECONDS` override them. */
function overriddenWindows(manifest: PlatformManifest, environment: RegistryEnvironment): Platform['windows'] {
  const prefix = manifest.code.toUpperCase().replaceAll('-', '_');
  const keys = [`${prefix}_OVERLAP_SECONDS`, `${prefix}_INDEX_LAG_SECONDS`].map((env) => ({
    env,
    name: env,
    kind: 'integer' as const,
    doc: 'seconds',
  }));
  const stated = keys.filter((key) => (environment.env[key.env] ?? '') !== '').map((key) => ({ ...key, default: '0' }));
  const values = resolvePlatformConfig(manifest.code, stated, environment.env);
  const change = {
    ...(keys[0]!.env in values && { overlapSeconds: values[keys[0]!.env] as number }),
    ...(keys[1]!.env in values && { indexLagSeconds: values[keys[1]!.env] as number }),
  };
  return Object.fromEntries(Object.entries(manifest.windows).map(([job, rule]) => [job, { ...rule, ...change }]));
}
