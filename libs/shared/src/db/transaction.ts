import type { DataSource, EntityManager } from 'typeorm';
import { createLogger } from '../logging/logger';
import { sleep } from '../time/wire-clock';
import { clientOf, closeConnection, forgetStatements, runStatement, sendSoon } from './statement';
import { forgetLayouts } from './table-layouts';

/** The transaction that a repository method works in: its required first argument. */
export type Tx = EntityManager;

const log = createLogger('db');

/** A row in binary form does not fit its table any more: a migration has changed it. */
const LAYOUT_CHANGED = '42804';
/** A statement that was parsed before a migration answers other columns now. */
const ANSWER_CHANGED = '0A000';
const RETRYABLE = new Set(['40001', '40P01', LAYOUT_CHANGED]);
const CONNECTION_LOST = /^(08|57P0[123])/;
const MAX_TRIES = 3;

/** The SQLSTATE of a database error, if it is one. */
export function sqlStateOf(error: unknown): string | undefined {
  const code =
    (error as { driverError?: { code?: unknown }; code?: unknown })?.driverError?.code ??
    (error as { code?: unknown })?.code;
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : undefined;
}

/** True for errors that an item's own data causes (SQLSTATE class 22 and 23). */
export function isDataError(error: unknown): boolean {
  const state = sqlStateOf(error);
  return state !== undefined && (state.startsWith('22') || state.startsWith('23'));
}

/** True when the database could not be reached or went away. */
export function isConnectionError(error: unknown): boolean {
  const state = sqlStateOf(error);
  if (state && CONNECTION_LOST.test(state)) return true;
  const text = `${(error as { code?: unknown })?.code ?? ''} ${(error as Error)?.message ?? ''}`;
  return /ECONNREFUSED|ECONNRESET|EPIPE|Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error/.test(
    text,
  );
}

function isRetryable(error: unknown): boolean {
  const state = sqlStateOf(error);
  if (state === ANSWER_CHANGED) return /cached plan must not change/.test(String((error as Error).message));
  return state !== undefined && RETRYABLE.has(state);
}

async function withRetries<T>(dataSource: DataSource, run: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await run();
    } catch (error) {
      if (!isRetryable(error) || attempt === MAX_TRIES) throw error;
      const state = sqlStateOf(error);
      if (state === LAYOUT_CHANGED) forgetLayouts(dataSource);
      if (state === ANSWER_CHANGED) forgetStatements();
      log.warn({ sqlState: state, attempt }, 'transaction collided with another one and runs again');
      await sleep(10 * attempt + Math.random() * 20);
    }
  }
}

const hooks = new WeakMap<Tx, (() => void)[]>();

/** Has something done in this process once the transaction is committed, and never when it is not. It must not throw. */
export function afterCommit(tx: Tx, act: () => void): void {
  const known = hooks.get(tx);
  if (known) known.push(act);
  else hooks.set(tx, [act]);
}

/**
 * Runs work between BEGIN and COMMIT on a connection of the pool. BEGIN travels with the first statement of the work, so
 * it costs no round trip. A connection that cannot roll back is closed, which rolls back as well.
 */
async function transact<T>(dataSource: DataSource, begin: string, work: (tx: Tx) => Promise<T>): Promise<T> {
  const runner = dataSource.createQueryRunner();
  try {
    const client = await clientOf(runner.manager);
    const [begun, done] = await Promise.allSettled([sendSoon(client, begin), work(runner.manager)]);
    try {
      if (done.status === 'rejected') throw done.reason;
      if (begun.status === 'rejected') throw begun.reason;
      const { command } = await client.query('COMMIT');
      if (command !== 'COMMIT')
        throw new Error(
          'The transaction was rolled back: one of its statements failed and the work went on regardless.',
        );
      return done.value;
    } catch (error) {
      await client.query('ROLLBACK').catch((lost: Error) => {
        log.warn({ err: lost }, 'a connection could not roll back and is closed');
        return closeConnection(client);
      });
      throw error;
    }
  } finally {
    await runner.release();
  }
}

/**
 * Runs work in one transaction. A deadlock, a serialization failure or a table that a migration has changed repeats the
 * whole work, at most three times in all; so the work must have no effect outside of the database.
 */
export function inTransaction<T>(dataSource: DataSource, work: (tx: Tx) => Promise<T>): Promise<T> {
  return withRetries(dataSource, async () => {
    let begun: Tx | undefined;
    const result = await transact(dataSource, 'BEGIN', (tx) => work((begun = tx)));
    for (const act of hooks.get(begun!) ?? []) act();
    return result;
  });
}

/**
 * Runs work that is one single statement, or reads that need not see the same moment: each statement is a transaction of
 * its own, which spares the two round trips that begin and end one. Repeated like inTransaction.
 */
export function inStatement<T>(dataSource: DataSource, work: (tx: Tx) => Promise<T>): Promise<T> {
  return withRetries(dataSource, async () => {
    const runner = dataSource.createQueryRunner();
    try {
      return await work(runner.manager);
    } finally {
      await runner.release();
    }
  });
}

const camelNames = new Map<string, string>();

/** A column's name as a member. */
export function camel(name: string): string {
  let known = camelNames.get(name);
  if (known === undefined) {
    known = name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
    camelNames.set(name, known);
  }
  return known;
}

/** Runs one statement and returns its rows (also those of RETURNING), snake_case columns as camelCase members. */
export async function rows<T>(tx: Tx, sql: string, parameters: readonly unknown[] = []): Promise<T[]> {
  const result = await runStatement(tx, sql, parameters);
  const members = result.fields.map(({ name }) => camel(name));
  return result.rows.map((values) => {
    const row: Record<string, unknown> = {};
    for (let at = 0; at < members.length; at += 1) row[members[at]!] = values[at];
    return row as T;
  });
}

/** Runs one statement and returns its first row, if any. */
export async function row<T>(tx: Tx, sql: string, parameters: readonly unknown[] = []): Promise<T | undefined> {
  return (await rows<T>(tx, sql, parameters))[0];
}

/** Runs one statement and returns how many rows it changed. */
export async function execute(tx: Tx, sql: string, parameters: readonly unknown[] = []): Promise<number> {
  return (await runStatement(tx, sql, parameters)).rowCount ?? 0;
}

/** Reads without a transaction of its own making visible writes: one connection, read only, one consistent snapshot. */
export async function inSnapshot<T>(dataSource: DataSource, work: (tx: Tx) => Promise<T>): Promise<T> {
  return transact(dataSource, 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY', work);
}
