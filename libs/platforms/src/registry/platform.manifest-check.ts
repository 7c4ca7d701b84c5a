import { PORT_VERSION, PlatformManifest, PlatformPort } from '../port';

const REQUIRED_METHODS: readonly (keyof PlatformPort)[] = [
  'changedOrders',
  'orderDetail',
  'censusOrders',
  'orderState',
  'listings',
  'listing',
  'updateStock',
  'serverTime',
  'sendShipment',
  'shipmentState',
  'getWaybill',
  'findWaybills',
  'updateWaybill',
  'cancelWaybill',
  'authorisationUrl',
  'exchangeCode',
  'refreshToken',
];
const METHOD_OF_TRANSPORT: Record<string, keyof PlatformPort> = {
  socket: 'connectPush',
  pull: 'pullPush',
  webhook: 'receivePush',
};
const ENUMS: Readonly<Record<string, readonly string[]>> = {
  changedOrders: ['ids', 'orders'],
  paging: ['last-to-first', 'first-to-last', 'cursor'],
  stockMeans: ['sellable', 'on-hand'],
  deductsOn: ['order', 'pay'],
  partialShipment: ['order', 'line', 'line-quantity'],
  censusBy: ['created', 'confirmed'],
  bills: ['none', 'api', 'file'],
};

/** Everything that is wrong with a manifest, in words; an empty list means that it may be used. */
export function manifestProblems(exported: unknown, folderName: string): string[] {
  if (typeof exported !== 'object' || exported === null) return ['index exports no object named `manifest`'];
  const manifest = exported as PlatformManifest;
  const problems: string[] = [];
  const need = (isGood: boolean, what: string): void => {
    if (!isGood) problems.push(what);
  };
  need(manifest.portVersion === PORT_VERSION, `portVersion must be ${PORT_VERSION}`);
  need(
    typeof manifest.code === 'string' && /^[a-z][a-z0-9-]{1,30}$/.test(manifest.code),
    'code must be lower case letters, digits and hyphens',
  );
  need(manifest.code === folderName, `code must equal the folder's name ${folderName}`);
  need(typeof manifest.name === 'string' && manifest.name !== '', 'name is empty');
  need(typeof manifest.create === 'function', 'create is not a function');
  need(Array.isArray(manifest.configKeys), 'configKeys is not a list');
  need(typeof manifest.credentialSchema === 'object', 'credentialSchema is missing');
  need(typeof manifest.errorTable === 'string' && manifest.errorTable !== '', 'errorTable names no table');
  problems.push(...capabilityProblems(manifest), ...numberProblems(manifest));
  return problems;
}

function capabilityProblems(manifest: PlatformManifest): string[] {
  const capabilities = (manifest.capabilities ?? {}) as unknown as Record<string, unknown>;
  const wrong = Object.entries(ENUMS).filter(([key, allowed]) => !allowed.includes(String(capabilities[key])));
  return wrong.map(([key, allowed]) => `capabilities.${key} must be one of ${allowed.join(', ')}`);
}

function numberProblems(manifest: PlatformManifest): string[] {
  const problems: string[] = [];
  if (manifest.windows?.orders === undefined) problems.push('windows.orders is missing');
  if (manifest.windows?.census === undefined) problems.push('windows.census is missing');
  for (const [job, rule] of Object.entries(manifest.windows ?? {})) {
    const isGood =
      rule.usualSpanSeconds > 0 &&
      rule.usualSpanSeconds <= rule.maxSpanSeconds &&
      rule.overlapSeconds >= 0 &&
      rule.indexLagSeconds >= 0;
    if (!isGood) problems.push(`windows.${job}: 0 < usual ≤ max span, overlap and lag from 0 up`);
  }
  if (manifest.limits?.['*'] === undefined) problems.push('limits["*"] is missing');
  for (const [method, limit] of Object.entries(manifest.limits ?? {})) {
    if (!(limit.appPerSecond > 0)) problems.push(`limits.${method}.appPerSecond must be above 0`);
  }
  if (!(manifest.batch?.stock > 0 && manifest.batch.pageSize > 0))
    problems.push('batch.stock and batch.pageSize must be above 0');
  const tokens = manifest.tokens;
  if (tokens?.canRefresh && tokens.refreshWindow === undefined)
    problems.push('tokens.refreshWindow is missing although canRefresh is true');
  return problems;
}

/** Operations that a created adapter lacks, judged by the manifest's own promises. */
export function portProblems(port: PlatformPort, manifest: PlatformManifest): string[] {
  const promised = manifest.capabilities.pushTransport.map((transport) => METHOD_OF_TRANSPORT[transport]!);
  const bills = manifest.capabilities.bills === 'none' ? [] : (['billFiles'] as const);
  return [...REQUIRED_METHODS, ...promised, ...bills]
    .filter((method) => typeof port[method] !== 'function')
    .map((method) => `operation ${method} is missing`);
}
