import { Client } from 'pg';
import type { DataSource } from 'typeorm';
import { cloneDatabase, type TestDatabase } from '../testing/database';
import { afterCommit, execute, inStatement, inTransaction, rows, sqlStateOf } from './transaction';

describe('transactions and statements', () => {
  let database: TestDatabase;
  let dataSource: DataSource;
  let admin: Client;

  beforeAll(async () => {
    database = await cloneDatabase();
    admin = new Client({ connectionString: database.adminUrl });
    await admin.connect();
    await admin.query(
      'CREATE TABLE orders.sample (no integer PRIMARY KEY, name text); GRANT ALL ON orders.sample TO huidian_orders',
    );
    dataSource = await database.open('orders');
  });
  afterAll(async () => {
    await admin.end();
    await database.drop();
  });

  const put = (no: number, name: string) =>
    inStatement(dataSource, (tx) => execute(tx, 'INSERT INTO sample VALUES ($1, $2)', [no, name]));

  it('a single statement is committed by itself and answers how many rows it changed', async () => {
    expect(await put(1, 'one')).toBe(1);
    const { rows: stored } = await admin.query('SELECT * FROM orders.sample');
    expect(stored).toEqual([{ no: 1, name: 'one' }]);
  });

  it('a statement that fails tells its SQLSTATE and leaves the connection usable', async () => {
    const error = await put(1, 'again').catch((thrown: unknown) => thrown);
    expect(sqlStateOf(error)).toBe('23505');
    expect(await put(2, 'two')).toBe(1);
  });

  it('what is said at a commit is done once, also when the transaction had to run twice', async () => {
    let runs = 0;
    let said = 0;
    await inTransaction(dataSource, async (tx) => {
      runs += 1;
      afterCommit(tx, () => (said += 1));
      if (runs === 1) throw Object.assign(new Error('collided'), { code: '40001' });
      await execute(tx, 'INSERT INTO sample VALUES (3)');
    });
    expect({ runs, said }).toEqual({ runs: 2, said: 1 });
  });

  it('what is said at a commit is never done when the transaction fails', async () => {
    let said = 0;
    const failed = inTransaction(dataSource, (tx) => {
      afterCommit(tx, () => (said += 1));
      return execute(tx, 'INSERT INTO sample VALUES (1)');
    });
    await expect(failed).rejects.toThrow(/duplicate key/);
    expect(said).toBe(0);
  });

  it('a migration may change what a known statement answers, on every connection of the pool', async () => {
    const read = () => inTransaction(dataSource, (tx) => rows(tx, 'SELECT * FROM sample WHERE no = $1', [1]));
    await Promise.all(Array.from({ length: 8 }, read));
    await admin.query('ALTER TABLE orders.sample ADD COLUMN comment text');
    const found = await Promise.all(Array.from({ length: 8 }, read));
    expect(found).toEqual(Array.from({ length: 8 }, () => [{ no: 1, name: 'one', comment: null }]));
  });
});
