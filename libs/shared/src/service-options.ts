import type { ServiceConfig, ServiceName } from './config/service.config';
import type { FactDefinition } from './facts/fact';

/** What a service app says of itself when it starts. */
export interface ServiceOptions<C extends ServiceConfig = ServiceConfig> {
  service: ServiceName;
  config: C;
  port: number;
  /** Every fact of the system; the service's own part is derived by producer and consumer. */
  facts: readonly FactDefinition[];
  /** Scopes by which this service calls others; documented, granted by the gateway. */
  title: string;
  description: string;
}
