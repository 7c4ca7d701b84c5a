import { Client } from 'pg';
import type { DataSource } from 'typeorm';
import { cloneDatabase, type TestDatabase } from '../testing/database';
import { afterCommit, execute, inStatement, inTransaction, isConnectionError, rows, sqlStateOf } from './transaction';

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

  it('statements that do not wait for each other are answered in their order, within one transaction', async () => {
    const answers = await inTransaction(dataSource, (tx) =>
      Promise.all([
        execute(tx, 'INSERT INTO sample VALUES (4, $1)', ['four']),
        rows(tx, 'SELECT name FROM sample WHERE no = 4'),
        execute(tx, 'UPDATE sample SET name = $1 WHERE no = 4', ['five']),
        rows(tx, 'SELECT name FROM sample WHERE no = 4'),
      ]),
    );
    expect(answers).toEqual([1, [{ name: 'four' }], 1, [{ name: 'five' }]]);
  });

  it('one failure among statements that were sent together undoes all of them, and the connection stays usable', async () => {
    const failed = inTransaction(dataSource, (tx) =>
      Promise.all([
        execute(tx, "INSERT INTO sample VALUES (5, 'lost')"),
        execute(tx, "INSERT INTO sample VALUES (1, 'twice')"),
        execute(tx, "INSERT INTO sample VALUES (6, 'lost')"),
      ]),
    );
    expect(sqlStateOf(await failed.catch((thrown: unknown) => thrown))).toBe('23505');
    const { rows: stored } = await admin.query('SELECT no FROM orders.sample WHERE no IN (5, 6)');
    expect(stored).toEqual([]);
    expect(await put(7, 'seven')).toBe(1);
  });

  it('work that goes on after a statement has failed is not taken for committed', async () => {
    const done = inTransaction(dataSource, async (tx) => {
      await execute(tx, "INSERT INTO sample VALUES (8, 'lost')");
      await execute(tx, "INSERT INTO sample VALUES (1, 'twice')").catch(() => 'overlooked');
      return 'done';
    });
    await expect(done).rejects.toThrow(/was rolled back/);
    const { rows: stored } = await admin.query('SELECT no FROM orders.sample WHERE no = 8');
    expect(stored).toEqual([]);
  });

  it('a connection that dies in the middle fails its transaction and is replaced by another', async () => {
    const died = inTransaction(dataSource, async (tx) => {
      await execute(tx, "INSERT INTO sample VALUES (9, 'lost')");
      const [mine] = await rows<{ pid: number }>(tx, 'SELECT pg_backend_pid() AS pid');
      await admin.query('SELECT pg_terminate_backend($1)', [mine!.pid]);
      await execute(tx, "INSERT INTO sample VALUES (10, 'lost')");
    });
    expect(isConnectionError(await died.catch((thrown: unknown) => thrown))).toBe(true);
    expect(await put(11, 'eleven')).toBe(1);
    const { rows: stored } = await admin.query('SELECT no FROM orders.sample WHERE no IN (9, 10, 11)');
    expect(stored).toEqual([{ no: 11 }]);
  });

  it('a migration may change what a known statement answers, on every connection of the pool', async () => {
    const read = () => inTransaction(dataSource, (tx) => rows(tx, 'SELECT * FROM sample WHERE no = $1', [1]));
    await Promise.all(Array.from({ length: 8 }, read));
    await admin.query('ALTER TABLE orders.sample ADD COLUMN comment text');
    const found = await Promise.all(Array.from({ length: 8 }, read));
    expect(found).toEqual(Array.from({ length: 8 }, () => [{ no: 1, name: 'one', comment: null }]));
  });
});
