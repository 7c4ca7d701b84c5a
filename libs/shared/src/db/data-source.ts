import { DataSource, type EntityTarget, type ObjectLiteral } from 'typeorm';
import { registerPgTypes } from './pg-types';

registerPgTypes();

/** What a service needs to say about its one database connection pool. */
export interface DataSourceSettings {
  /** postgres:// address with the service's own role. */
  url: string;
  /** The service's schema; also the role's search path. */
  schema: string;
  poolSize: number;
  entities?: EntityTarget<ObjectLiteral>[];
}

/**
 * A connection is replaced after this long, and the plans that it kept with it: tables grow fast, and a plan from their
 * first minute would read all of them. PostgreSQL drops plans itself where autovacuum has looked at a table again.
 */
const LONGEST_PLAN_SECONDS = 600;

/** The service's DataSource: one pool, UTC, statement and lock time-outs, no schema synchronisation. */
export function createDataSource(settings: DataSourceSettings): DataSource {
  return new DataSource({
    type: 'postgres',
    url: settings.url,
    schema: settings.schema,
    entities: (settings.entities ?? []) as never[],
    synchronize: false,
    logging: false,
    poolSize: settings.poolSize,
    applicationName: `huidian-${settings.schema}`,
    connectTimeoutMS: 5_000,
    extra: {
      // Plans are kept (ADR 0023). Disks without heads read any page at nearly the cost of the next one, so that an index is
      // chosen while a table is still small.
      options: `-c random_page_cost=1.1 -c search_path=${settings.schema} -c timezone=UTC -c statement_timeout=30000 -c lock_timeout=10000 -c idle_in_transaction_session_timeout=60000`,
      keepAlive: true,
      maxLifetimeSeconds: LONGEST_PLAN_SECONDS,
      // Statements that do not wait for each other's answers are sent at once.
      pipeline: true,
    },
  });
}
