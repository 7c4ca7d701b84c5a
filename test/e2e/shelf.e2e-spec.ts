import { breaches, Merchant } from '../harness/merchant';
import { ShelvedListing } from '../harness/shelf';
import { SimulatorControl } from '../harness/simulator-control';
import { Topology } from '../harness/topology';

/** A merchant with a shop on each platform; a rule takes listings off the shelf at zero. */
describe('the shelf', () => {
  const merchants: Merchant[] = [];
  let topology: Topology;

  beforeAll(async () => {
    topology = await Topology.start({ kind: 'all-in-one', storyRate: 600 });
    const api = await topology.client();
    const control = new SimulatorControl(topology.simulatorUrl);
    for (const platform of ['taobao', 'jd', 'pinduoduo', 'douyin']) {
      const merchant = new Merchant(api, control.on(platform));
      await merchant.join();
      merchants.push(merchant);
    }
  }, 240_000);

  afterAll(async () => {
    await topology?.close();
  }, 60_000);

  const leavesAndComesBack = async (merchant: Merchant): Promise<void> => {
    const listing = await ShelvedListing.of(merchant);
    await listing.empty();
    await listing.stands('off_shelf');
    expect(await listing.others()).toEqual(new Set(['on_sale']));
    // Its links say that it is off the shelf now; it comes back all the same.
    await listing.isReadOff();
    await listing.fill();
    await listing.stands('on_sale');
  };

  it('[I41] takes a listing off each platform’s shelf at zero and puts it back, others stay', async () => {
    await Promise.all(merchants.map(leavesAndComesBack));
    expect(await breaches(merchants[0]!.api)).toEqual([]);
  }, 240_000);
});
