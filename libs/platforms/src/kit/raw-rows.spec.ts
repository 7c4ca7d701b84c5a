import fc from 'fast-check';
import { rawRows } from './raw-rows';

describe('the texts of the rows of a page', () => {
  it('are the bytes as they came, with numbers, spaces and escapes untouched', () => {
    const text =
      ' {"code":10000, "d\\u0061ta": {"x":[1,{"y":"]}"}],"list" : [ {"id":3704250147174219802,"t":"a\\"]"} ,\n7 , "😀", [1,[2]] , {} ]}}';
    expect(rawRows(text, ['data', 'list'])).toEqual([
      '{"id":3704250147174219802,"t":"a\\"]"}',
      '7',
      '"😀"',
      '[1,[2]]',
      '{}',
    ]);
  });

  it.each(['{"data":{"list":[]}}', '{"data":{"list":null}}', '{"data":{}}', '{"data":[]}', '[]', '{}', '3'])(
    'are none in %s',
    (text) => {
      expect(rawRows(text, ['data', 'list'])).toEqual([]);
    },
  );

  it('parse to the same rows as the whole text', () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue()), fc.jsonValue(), fc.integer({ min: 0, max: 3 }), (list, before, indent) => {
        const text = JSON.stringify({ before, data: { other: before, list } }, null, indent);
        const { data } = JSON.parse(text) as { data: { list: unknown[] } };
        expect(rawRows(text, ['data', 'list']).map((row) => JSON.parse(row) as unknown)).toEqual(data.list);
      }),
    );
  });
});
