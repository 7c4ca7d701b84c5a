import { PinduoduoCarriers } from './pinduoduo.carriers';
import { PinduoduoRequest } from './pinduoduo.client';
import { FakeAnswer, FakePinduoduoClient, fakeCall, fakeConfig } from './pinduoduo.client.fake';

const companies: FakeAnswer = {
  root: {
    logistics_companies: [
      { id: 115, code: 'ZTO', available: 1 },
      { id: 384, code: 'JTKD', available: 1 },
      { id: 3, code: 'HT', available: 0 },
      { id: 121, code: 'YUNDA', available: 0 },
      { id: 999, code: 'NEW', available: 1 },
    ],
  },
};

function part(answer: (request: PinduoduoRequest) => FakeAnswer = () => companies, carrierCodes = '') {
  const client = new FakePinduoduoClient(answer);
  return { client, carriers: new PinduoduoCarriers(client.asClient(), fakeConfig({ carrierCodes })) };
}

describe('pinduoduo carriers', () => {
  it('takes the platform’s list before its own table, by id', async () => {
    const { client, carriers } = part();
    expect(await carriers.forShipping(fakeCall, 'ZTO')).toEqual({ id: '115', code: 'ZTO' });
    expect(await carriers.forShipping(fakeCall, 'JT')).toEqual({ id: '384', code: 'JTKD' });
    expect(await carriers.codeOf(fakeCall, 'JT')).toBe('JTKD');
    expect(await carriers.forShipping(fakeCall, 'YTO')).toEqual({ id: '85', code: 'YTO' });
    expect(client.calls).toEqual([{ method: 'pdd.logistics.companies.get', params: {}, needsSession: false }]);
  });

  it('knows carriers that only the platform knows, by their code or id', async () => {
    const { carriers } = part();
    expect(await carriers.forShipping(fakeCall, 'NEW')).toEqual({ id: '999', code: 'NEW' });
    expect(await carriers.forShipping(fakeCall, '999')).toEqual({ id: '999', code: 'NEW' });
    await expect(carriers.forShipping(fakeCall, 'NOBODY')).rejects.toThrow('PINDUODUO_CARRIER_CODES');
    expect(await carriers.codeOf(fakeCall, 'NOBODY')).toBe('NOBODY');
  });

  it('refuses a carrier that takes no parcels there', async () => {
    await expect(part().carriers.forShipping(fakeCall, 'YUNDA')).rejects.toMatchObject({
      kind: 'rejected',
      facts: { reason: 'unsupported' },
    });
  });

  it('ships by its table while the list cannot be read, and asks again after a while', async () => {
    let isAway = true;
    const { client, carriers } = part(() => (isAway ? { fault: { code: '52103' } } : companies));
    let now = fakeCall.wireNow().getTime();
    const call = { ...fakeCall, wireNow: () => new Date(now) };
    expect(await carriers.forShipping(call, 'YUNDA')).toEqual({ id: '121', code: 'YUNDA' });
    expect(await carriers.forShipping(call, 'JT')).toEqual({ id: '384', code: 'JTSD' });
    expect(client.calls).toHaveLength(1);
    isAway = false;
    now += 301_000;
    expect((await carriers.forShipping(call, 'JT')).code).toBe('JTKD');
    now += 86_399_000;
    await carriers.forShipping(call, 'JT');
    expect(client.calls).toHaveLength(2);
  });

  it('takes entries of the configuration, and refuses one that it cannot read', async () => {
    const none = () => ({ root: { logistics_companies: [] } }) as FakeAnswer;
    const { carriers } = part(none, 'JT=JTEX:500, MINE=M:7');
    expect(await carriers.forShipping(fakeCall, 'JT')).toEqual({ id: '500', code: 'JTEX' });
    expect(await carriers.forShipping(fakeCall, 'MINE')).toEqual({ id: '7', code: 'M' });
    expect(() => part(none, 'JT=JTEX')).toThrow('OURS=THEIRS:ID');
  });

  it('translates codes and ids back', async () => {
    const { carriers } = part();
    await carriers.forShipping(fakeCall, 'ZTO');
    expect(['115', 'ZTO', 'YZXB', '384', 'JTKD', 'x'].map((code) => carriers.ours(code))).toEqual([
      'ZTO',
      'ZTO',
      'POST',
      'JT',
      'JT',
      'x',
    ]);
  });
});
