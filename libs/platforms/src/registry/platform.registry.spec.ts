import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppError } from '@app/shared';
import { resolvePlatformConfig } from './platform.config';
import { manifestProblems } from './platform.manifest-check';
import { PlatformRegistry } from './platform.registry';

async function code(act: Promise<unknown>): Promise<[string, string]> {
  const error = await act.then(
    () => undefined,
    (caught: unknown) => caught,
  );
  expect(error).toBeInstanceOf(AppError);
  return [(error as AppError).code, (error as AppError).message];
}

describe('platform registry', () => {
  let extra = '';
  beforeEach(async () => {
    extra = await mkdtemp(join(tmpdir(), 'huidian-platforms-'));
  });
  afterEach(() => rm(extra, { recursive: true }));

  const put = async (name: string, source: string): Promise<void> => {
    await mkdir(join(extra, name), { recursive: true });
    await writeFile(join(extra, name, 'index.js'), source);
  };
  const load = (env: Record<string, string> = {}) => PlatformRegistry.load({ env, extraFolders: [extra] });
  const good = `
    const { manifest } = require(${JSON.stringify(join(__dirname, '..', 'taobao'))});
    exports.manifest = { ...manifest, code: 'fifth' };`;

  it('[P5] finds its sibling folders by itself', async () => {
    const registry = await PlatformRegistry.load({ env: {}, extraFolders: [] });
    expect(registry.codes()).toContain('taobao');
    expect(registry.get('taobao').config['gatewayUrl']).toBe('https://eco.taobao.com/router/rest');
    expect(() => registry.get('ebay')).toThrow(/known are/);
  });

  it('[P5] takes a fifth platform from a further folder without any other file', async () => {
    await put('fifth', good);
    const registry = await load();
    expect(registry.codes()).toEqual(expect.arrayContaining(['fifth', 'taobao']));
    registry.requireAll(['fifth', 'taobao']);
    expect(() => registry.requireAll(['taobao', 'ebay'])).toThrow(/ebay/);
  });

  it('[P5] takes the adapter half of a folder that also holds a simulator', async () => {
    await put(join('fifth', 'adapter'), good);
    const registry = await PlatformRegistry.load({ env: {}, extraFolders: [join(extra, 'fifth', 'adapter')] });
    expect(registry.get('fifth').folder).toBe(join(extra, 'fifth', 'adapter'));
  });

  it('refuses a bad manifest and says everything that is wrong', async () => {
    await put('fifth', 'exports.manifest = { code: "Fifth" };');
    const [reason, message] = await code(load());
    expect(reason).toBe('PLATFORM.BAD_MANIFEST');
    expect(message).toEqual(
      expect.stringMatching(
        /portVersion.*code must.*create is not a function.*capabilities\.stockMeans.*windows\.orders/s,
      ),
    );
  });

  it('refuses an adapter that lacks an operation its manifest promises', async () => {
    await put('fifth', `${good}\nexports.manifest.create = () => ({ changedOrders() {} });`);
    const [reason, message] = await code(load());
    expect([reason, message]).toEqual([
      'PLATFORM.BAD_MANIFEST',
      expect.stringContaining('operation connectPush is missing'),
    ]);
  });

  it('refuses the same platform twice, and a folder that is none', async () => {
    await put('taobao', `exports.manifest = require(${JSON.stringify(join(__dirname, '..', 'taobao'))}).manifest;`);
    expect((await code(load()))[0]).toBe('PLATFORM.DUPLICATE');
    expect((await code(PlatformRegistry.load({ env: {}, extraFolders: ['/does/not/exist'] })))[0]).toBe(
      'PLATFORM.BAD_CONFIG',
    );
  });

  it('names every wrong setting at once', async () => {
    const [reason, message] = await code(
      PlatformRegistry.load({ env: { TAOBAO_GATEWAY_URL: 'ftp://x', TAOBAO_TIMEOUT_MS: 'soon' }, extraFolders: [] }),
    );
    expect(reason).toBe('PLATFORM.BAD_CONFIG');
    expect(message).toEqual(expect.stringMatching(/TAOBAO_GATEWAY_URL.*TAOBAO_TIMEOUT_MS/));
  });

  it('lets an installation change overlap and index lag', async () => {
    const registry = await PlatformRegistry.load({
      env: { TAOBAO_OVERLAP_SECONDS: '3600', TAOBAO_INDEX_LAG_SECONDS: '0' },
      extraFolders: [],
    });
    expect(registry.get('taobao').windows.orders).toMatchObject({
      overlapSeconds: 3600,
      indexLagSeconds: 0,
      usualSpanSeconds: 1800,
    });
  });

  it("checks credentials by the platform's schema", async () => {
    const registry = await PlatformRegistry.load({ env: {}, extraFolders: [] });
    expect(registry.credentialErrors('taobao', undefined)).toEqual([]);
    expect(registry.credentialErrors('taobao', { x: 1 })).toEqual([
      expect.objectContaining({ field: 'credentials.x', code: 'INVALID' }),
    ]);
  });

  it('reads values by their kind and takes defaults for empty ones', () => {
    const key = (kind: 'url' | 'boolean' | 'integer' | 'text', preset: string) => ({
      env: `A_${kind}`,
      name: kind,
      kind,
      default: preset,
      doc: 'x',
    });
    const keys = [key('url', 'http://a'), key('boolean', 'false'), key('integer', '3'), key('text', '')];
    expect(resolvePlatformConfig('a', keys, { A_boolean: 'true', A_integer: '' })).toEqual({
      url: 'http://a',
      boolean: true,
      integer: 3,
      text: '',
    });
  });

  it('calls anything that is no manifest a bad one', () => {
    for (const exported of [undefined, null, 1, {}, []])
      expect(manifestProblems(exported, 'x').length).toBeGreaterThan(0);
  });
});
