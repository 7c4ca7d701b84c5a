import * as fs from 'node:fs';
import * as path from 'node:path';
import { freshFolder } from '../testing/harness';
import { startHere } from '../platforms/taobao/testing/taobao-client';
import { loadParts } from './part-loader';

const OWN = path.join(__dirname, '../platforms');

function folderWith(name: string, text: string): string {
  const folder = freshFolder();
  fs.mkdirSync(path.join(folder, name));
  fs.writeFileSync(path.join(folder, name, 'index.js'), text);
  return folder;
}

const FIFTH = `exports.simulatorPart = {
  platform: 'fifth', gatewayPath: '/fifth', carriers: [],
  numbers: { orderNo: String, lineNo: String, refundNo: String, listingId: String, skuId: String, buyerOpenId: String },
  firstApp: { appKey: 'k5', appSecret: 's5', name: 'fifth', shops: [] },
  register(server) { server.get('/fifth', async () => ({ ok: true })); },
};`;

describe('the platform folders', () => {
  it('serve a fifth platform from a further folder without a change elsewhere', async () => {
    const { client, simulator } = await startHere({ SIMULATOR_FOLDERS: folderWith('fifth', FIFTH) });
    expect(await (await fetch(`${client.base}/fifth`)).json()).toEqual({ ok: true });
    const { items } = await client.control('GET', '/apps');
    const platforms = (items as { platform: string }[]).map((app) => app.platform);
    expect(platforms).toEqual(expect.arrayContaining(['fifth', 'taobao']));
    expect((await client.control('GET', '/clock')).wire).toMatchObject({ fifth: 'real', taobao: 'real' });
    await simulator.close();
  });

  it('may be named themselves instead of the folder that holds them', () => {
    const folder = folderWith('simulator', FIFTH);
    expect([...loadParts([path.join(folder, 'simulator')]).keys()]).toEqual(['fifth']);
  });

  it('stop the start when a folder exports no part, or claims a name that is taken, or when there is none', () => {
    expect(() => loadParts([folderWith('broken', 'exports.nothing = 1;')])).toThrow(/exports no simulatorPart/);
    expect(() =>
      loadParts([OWN, folderWith('again', FIFTH.replace("'fifth', gatewayPath", "'taobao', gatewayPath"))]),
    ).toThrow(/Two folders claim/);
    expect(() => loadParts([freshFolder()])).toThrow(/No simulator part/);
  });
});
