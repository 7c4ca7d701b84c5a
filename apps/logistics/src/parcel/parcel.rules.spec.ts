import type { PieceLine } from '../fulfilment/fulfilment.repository';
import { RECEIVER } from '../testing/neighbour-servers';
import { mergedCarriers } from '../carrier/carrier.rules';
import { chosenPieces, fits, receiverHash, remaining, samePieces } from './parcel.rules';

const line = (lineId: string, skuId: string, quantity: number): PieceLine => ({
  lineId,
  skuId,
  quantity,
  orderId: 'o',
  platformOrderNo: 'n',
  platformLineNo: 'l',
  skuCode: skuId.toUpperCase(),
  title: 't',
});

describe('rules of parcels', () => {
  it('leaves what other parcels do not hold, and drops lines of which nothing is left', () => {
    const lines = [line('a', 's1', 3), line('a', 's2', 1), line('b', 's1', 2)];
    expect(
      remaining(lines, [line('a', 's1', 1), line('a', 's1', 1), line('b', 's1', 2)]).map(
        ({ lineId, skuId, quantity }) => [lineId, skuId, quantity],
      ),
    ).toEqual([
      ['a', 's1', 1],
      ['a', 's2', 1],
    ]);
  });

  it('fits only what is free, SKU by SKU', () => {
    expect(fits([line('a', 's1', 2)], [line('a', 's1', 2)])).toBe(true);
    expect(fits([line('a', 's1', 3)], [line('a', 's1', 2)])).toBe(false);
    expect(fits([line('a', 's2', 1)], [line('a', 's1', 2)])).toBe(false);
  });

  it('sees equal pieces in any order', () => {
    expect(samePieces([line('a', 's1', 1), line('b', 's1', 2)], [line('b', 's1', 2), line('a', 's1', 1)])).toBe(true);
    expect(samePieces([line('a', 's1', 1)], [line('a', 's1', 2)])).toBe(false);
  });

  it('asks for the SKU where a line has several', () => {
    const lines = [line('a', 's1', 1), line('a', 's2', 1)];
    expect(() => chosenPieces(lines, [{ lineId: 'a', quantity: 1 }])).toThrow(/several SKUs; name one of S1, S2/);
    expect(chosenPieces(lines, [{ lineId: 'a', skuCode: 'S2', quantity: 1 }])).toEqual([line('a', 's2', 1)]);
  });

  it('tells receivers apart by who they are, not by how their cipher is written this time', () => {
    expect(receiverHash({ ...RECEIVER, cipher: { oaid: 'written anew' } })).toBe(receiverHash(RECEIVER));
    expect(receiverHash({ ...RECEIVER, mergeKey: 'other' })).not.toBe(receiverHash(RECEIVER));
    expect(receiverHash({ ...RECEIVER, masked: { ...RECEIVER.masked, address: '国贸**' } })).not.toBe(
      receiverHash(RECEIVER),
    );
  });

  it('lets a company rename or switch off a carrier of the common list', () => {
    const carriers = mergedCarriers([{ code: 'ZTO', name: '中通(专线)', isActive: false }]);
    expect(carriers.filter(({ code }) => code === 'ZTO')).toEqual([
      { code: 'ZTO', name: '中通(专线)', isActive: false },
    ]);
    expect(carriers.find(({ code }) => code === 'SF')?.isActive).toBe(true);
  });
});
