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
      // Tables grow fast: a plan that was kept from their first minute would read all of them for hours (ADR 0023).
      options: `-c plan_cache_mode=force_custom_plan -c search_path=${settings.schema} -c timezone=UTC -c statement_timeout=30000 -c lock_timeout=10000 -c idle_in_transaction_session_timeout=60000`,
      keepAlive: true,
      // Statements that do not wait for each other's answers are sent at once.
      pipeline: true,
    },
  });
}
