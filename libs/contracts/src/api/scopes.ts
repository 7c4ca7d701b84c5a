import type { ServiceName } from '@app/shared';

/** Every scope, with what it allows. */
export const SCOPES = {
  'catalog:read': 'read products, SKUs and listings',
  'catalog:write': 'change products, SKUs and links',
  'orders:read': 'read orders and fulfilments',
  'orders:write': 'act on orders: approve, hold, cancel',
  'orders:intake': 'store platform orders',
  'fulfilments:depart': 'ask whether a parcel may leave',
  'inventory:read': 'read stock, movements and warehouses',
  'inventory:write': 'reserve, adjust, change warehouses',
  'logistics:read': 'read work, parcels and labels',
  'logistics:write': 'take waybills, ship parcels, acknowledge pull-outs, receive returns',
  'settlement:read': 'read bills and reconciliations',
  'settlement:write': 'import bills, reconcile, resolve',
  'sync:read': 'read shops, sync state and alarms',
  'sync:write': 'change shops, pull, pause, switch pushing on',
  'operations:read': 'read parked items and dead letters',
  'operations:write': 'replay parked items and dead letters',
  'verify:read': 'run the checks of invariants',
  'identity:admin': 'manage companies, users and clients',
  'pii:read': 'see receiver data unmasked; every reveal is logged',
  'facts:ack': 'acknowledge facts (services)',
  'platform:call': 'have a platform called for a waybill or an order state (services)',
} as const;

/** Name of a scope. */
export type Scope = keyof typeof SCOPES;

/** What each service's own client may do; narrow. */
export const SERVICE_SCOPES: Record<ServiceName, readonly Scope[]> = {
  gateway: ['orders:read', 'sync:read'],
  catalog: ['facts:ack'],
  orders: ['facts:ack', 'sync:read'],
  inventory: ['facts:ack', 'orders:read', 'catalog:read'],
  logistics: ['facts:ack', 'fulfilments:depart', 'pii:read', 'platform:call', 'orders:read', 'catalog:read'],
  settlement: ['facts:ack'],
  sync: [
    'facts:ack',
    'orders:intake',
    'orders:read',
    'catalog:write',
    'inventory:read',
    'settlement:read',
    'settlement:write',
  ],
};

/** What a person's or program's client may be given at all. */
export const CLIENT_SCOPES: readonly Scope[] = (Object.keys(SCOPES) as Scope[]).filter(
  (scope) => scope !== 'facts:ack' && scope !== 'platform:call',
);
