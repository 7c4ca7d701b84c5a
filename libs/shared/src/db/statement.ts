import type { PoolClient, QueryArrayResult } from 'pg';
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

/** Runs one statement on the connection of a transaction; rows come as lists of values. Throws QueryFailedError, as TypeORM does. */
export async function runStatement(
  tx: EntityManager,
  sql: string,
  parameters: readonly unknown[],
): Promise<QueryArrayResult<unknown[]>> {
  const client = (await tx.queryRunner!.connect()) as PoolClient;
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
