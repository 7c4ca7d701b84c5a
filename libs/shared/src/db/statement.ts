import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import type { PoolClient, QueryArrayResult, QueryResult } from 'pg';
import { QueryFailedError, type EntityManager } from 'typeorm';

/**
 * Statements that a connection keeps parsed, so that PostgreSQL reads and analyses each text once per connection and only
 * plans it every time. The texts of this code are far fewer; the bound is against one that is put together anew each time.
 */
const MOST_NAMES = 500;

const names = new Map<string, string>();
let generation = 1;

function nameOf(sql: string): string | undefined {
  let name = names.get(sql);
  if (name === undefined && names.size < MOST_NAMES) {
    name = `huidian_${generation}_${names.size + 1}`;
    names.set(sql, name);
  }
  return name;
}

/** Has every statement parsed anew, since a migration changed what some of them answer. */
export function forgetStatements(): void {
  names.clear();
  generation += 1;
}

/** The connection on which a transaction, or single statements, run. */
export async function clientOf(tx: EntityManager): Promise<PoolClient> {
  return (await tx.queryRunner!.connect()) as PoolClient;
}

function streamOf(client: PoolClient): Duplex {
  return (client as unknown as { connection: { stream: Duplex } }).connection.stream;
}

/** Closes a connection, which rolls back what is open on it; the pool replaces it. */
export async function closeConnection(client: PoolClient): Promise<void> {
  const stream = streamOf(client).destroy();
  if (!stream.closed) await once(stream, 'close');
}

/**
 * Holds what is sent on a connection back until this turn of the event loop ends, so that statements which do not wait
 * for each other leave in one packet. The connection answers them in the order in which they were asked.
 */
function gather(client: PoolClient): void {
  const stream = streamOf(client);
  stream.cork();
  process.nextTick(() => stream.uncork());
}

/** Sends a text without parameters together with what follows in the same turn. */
export function sendSoon(client: PoolClient, sql: string): Promise<QueryResult> {
  gather(client);
  return client.query(sql);
}

/** Runs one statement on the connection of a transaction; rows come as lists of values. Throws QueryFailedError, as TypeORM does. */
export async function runStatement(
  tx: EntityManager,
  sql: string,
  parameters: readonly unknown[],
): Promise<QueryArrayResult<unknown[]>> {
  const client = await clientOf(tx);
  gather(client);
  try {
    return await client.query<unknown[]>({
      name: nameOf(sql),
      text: sql,
      values: parameters as unknown[],
      rowMode: 'array',
    });
  } catch (error) {
    throw new QueryFailedError(sql, parameters as unknown[], error as Error);
  }
}
