import { CLIENT_SCOPES, SERVICE_SCOPES, type Scope } from '@app/contracts';
import { AppError, SERVICES, type ServiceName } from '@app/shared';

/** The company that the clients of the services themselves stand under. */
export const SERVICE_COMPANY = '*';
/** The demo's company. */
export const DEMO_COMPANY = 'cmp_demo';

/** A client that the gateway itself registers at start. */
export interface PresetClient {
  companyId: string;
  clientId: string;
  name: string;
  kind: 'client' | 'service';
  scopes: string[];
}

/** The clients of the services, one each with narrow scopes. */
export function serviceClients(): PresetClient[] {
  return (Object.keys(SERVICES) as ServiceName[]).map((service) => ({
    companyId: SERVICE_COMPANY,
    clientId: `svc-${service}`,
    name: `Service ${service}`,
    kind: 'service',
    scopes: [...SERVICE_SCOPES[service]],
  }));
}

const NOT_FOR_DEMO: readonly Scope[] = ['pii:read', 'identity:admin'];

/** The two clients of the demo with their well-known secrets; they exist in demo mode alone. */
export const DEMO_CLIENTS: readonly (PresetClient & { secret: string })[] = [
  {
    companyId: DEMO_COMPANY,
    clientId: 'demo',
    secret: 'demo-secret',
    name: 'Demo',
    kind: 'client',
    scopes: CLIENT_SCOPES.filter((scope) => !NOT_FOR_DEMO.includes(scope)),
  },
  {
    companyId: DEMO_COMPANY,
    clientId: 'demo-warehouse',
    secret: 'demo-warehouse-secret',
    name: 'Demo warehouse',
    kind: 'client',
    scopes: ['logistics:read', 'logistics:write', 'inventory:read', 'inventory:write', 'orders:read'],
  },
];

/** Throws VALIDATION naming every scope that a client cannot be given. */
export function assertClientScopes(scopes: readonly string[]): void {
  const errors = scopes
    .map((scope, index) => ({ scope, index }))
    .filter(({ scope }) => !CLIENT_SCOPES.includes(scope as Scope))
    .map(({ scope, index }) => ({
      field: `scopes[${index}]`,
      code: 'UNKNOWN_SCOPE',
      message: `"${scope}" is no scope that a client can be given`,
    }));
  if (errors.length > 0)
    throw new AppError('VALIDATION', `A client can be given these scopes: ${CLIENT_SCOPES.join(' ')}.`, { errors });
}
