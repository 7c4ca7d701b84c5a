import { parseCsv, readTable } from './import.rules';

describe('files of stock', () => {
  it('reads quoted cells, both line ends and a byte order mark', () => {
    expect(parseCsv('\uFEFFa,b\r\n"x, ""y""",2\n3,')).toEqual([
      ['a', 'b'],
      ['x, "y"', '2'],
      ['3', ''],
    ]);
  });

  it('reads rows by their headings in either language and names what is wrong per row', () => {
    const rows = readTable(parseCsv('商家编码,数量,仓库,bucket\nA,5,HZ1,\nB,-2,HZ1,damaged\n,x,,moon\n\nC,0,HZ1,'));
    expect(rows?.map(({ row, line, errors }) => [row, line, errors.map(({ field }) => field)])).toEqual([
      [2, { skuCode: 'A', warehouse: 'HZ1', quantity: 5, bucket: 'onHand' }, []],
      [3, { skuCode: 'B', warehouse: 'HZ1', quantity: -2, bucket: 'damaged' }, []],
      [4, undefined, ['skuCode', 'warehouse', 'quantity', 'bucket']],
      [6, undefined, ['quantity']],
    ]);
  });

  it('refuses a table without the needed headings', () => {
    expect(readTable(parseCsv('sku,qty\nA,1'))).toBeUndefined();
    expect(readTable([])).toBeUndefined();
  });
});
