import { Client } from 'pg';
import { cloneDatabase, type TestDatabase } from '../testing/database';
import { tableRows } from './table-rows';
import { execute, inTransaction, isDataError, rows } from './transaction';
import type { DataSource } from 'typeorm';

describe('rows in binary form', () => {
  let database: TestDatabase;
  let dataSource: DataSource;
  let admin: Client;

  beforeAll(async () => {
    database = await cloneDatabase();
    admin = new Client({ connectionString: database.adminUrl });
    await admin.connect();
    await admin.query(`CREATE TABLE orders.sample (no integer NOT NULL, big_count bigint, name text, is_new boolean, at timestamptz, more json, marks text[]);
      GRANT ALL ON orders.sample TO huidian_orders`);
    dataSource = await database.open('orders');
  });
  afterAll(async () => {
    await admin.end();
    await database.drop();
  });

  const write = (records: object[]) =>
    inTransaction(dataSource, async (tx) => {
      await execute(tx, 'DELETE FROM sample');
      await execute(tx, 'INSERT INTO sample SELECT n.* FROM unnest($1::sample[]) AS n', [
        await tableRows(tx, 'sample', records),
      ]);
    });
  const stored = () => inTransaction(dataSource, (tx) => rows(tx, 'SELECT * FROM sample ORDER BY no'));

  it('arrive as they were given, whatever they hold', async () => {
    const records = [
      {
        no: 1,
        bigCount: Number.MAX_SAFE_INTEGER,
        name: '汇店 🛒 "\\{},',
        isNew: true,
        at: new Date('2026-11-11T00:00:00.123Z'),
        more: { a: [1, '"', null] },
        marks: ['a', '汇,"\\', ''],
      },
      {
        no: 2,
        bigCount: -4_294_967_297,
        name: '',
        isNew: false,
        at: new Date('1999-12-31T23:59:59Z'),
        more: [],
        marks: [],
      },
      { no: -3, bigCount: -1, name: null, isNew: null, at: null, more: null, marks: null },
    ];
    await write(records);
    expect(await stored()).toEqual([records[2], records[0], records[1]]);
    await write([]);
    expect(await stored()).toEqual([]);
  });

  it('hold more than the first buffer does', async () => {
    const records = [{ no: 1, name: '汇'.repeat(100_000) }];
    await write(records);
    expect(await stored()).toEqual([expect.objectContaining(records[0]!)]);
  });

  it('write absent members as NULL', async () => {
    await write([{ no: 7 }]);
    expect(await stored()).toEqual([
      { no: 7, bigCount: null, name: null, isNew: null, at: null, more: null, marks: null },
    ]);
  });

  it.each([
    ['a number that its column cannot hold', { no: 2 ** 31 }],
    ['a number that is not safe', { no: 1, bigCount: 2 ** 53 }],
    ['a text with NUL', { no: 1, name: 'a\u0000b' }],
    ['NULL where none may be', { name: 'x' }],
  ])('refuse %s as an error of the data', async (_, record) => {
    const error = await write([record]).catch((thrown: unknown) => thrown);
    expect(isDataError(error)).toBe(true);
  });

  it('follow a migration that changed their table meanwhile', async () => {
    await write([{ no: 1 }]);
    await admin.query('ALTER TABLE orders.sample DROP COLUMN name, ADD COLUMN comment text');
    await write([{ no: 1, comment: 'new' }]);
    expect(await stored()).toEqual([expect.objectContaining({ no: 1, comment: 'new' })]);
  });
});
