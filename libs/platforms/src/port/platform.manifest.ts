import { TObject } from '@sinclair/typebox';
import { PlatformPort } from './platform.port';

/** Version of the port; a folder written for another version is refused at start. */
export const PORT_VERSION = 1;

/** Kinds of work that sync-worker does for a shop; scopes, windows and intervals are given per job. */
export type PlatformJob =
  'orders' | 'census' | 'listings' | 'stock' | 'shelf' | 'shipments' | 'waybills' | 'after-sales' | 'push' | 'bills';

/** Token bucket of one method, or of `*` (every other method); per app and per app × shop. */
export interface MethodLimit {
  /** Calls per second of the whole app; UNCONFIRMED numbers are cautious defaults. */
  appPerSecond: number;
  /** Calls per second of one shop. */
  shopPerSecond?: number;
  burst?: number;
}

/** How windows of one job must be cut; all in seconds of platform (story) time. */
export interface WindowRule {
  /** The platform refuses longer windows. */
  maxSpanSeconds: number;
  /** Span to use in normal running. */
  usualSpanSeconds: number;
  /** A window starts this long before the end of the one before. */
  overlapSeconds: number;
  /** A window ends this long before now, because the platform's index lags. */
  indexLagSeconds: number;
  /** How far back the platform still answers. */
  reachBackDays?: number;
}

/** What the platform can and cannot do; read from its sheet, never guessed by the core. */
export interface PlatformCapabilities {
  /**
   * `ids`: changedOrders yields numbers only and each needs orderDetail; `orders`: pages carry whole orders.
   * The adapter may not mix them.
   */
  changedOrders: 'ids' | 'orders';
  /** Page order that loses no row while rows move; adapters page so by themselves. */
  paging: 'last-to-first' | 'first-to-last' | 'cursor';
  /** What an absolute stock number means to the platform: pieces still for sale, or pieces in the warehouse. */
  stockMeans: 'sellable' | 'on-hand';
  stockModes: readonly ('absolute' | 'increment')[];
  /** Default of a listing that does not say so itself. */
  deductsOn: 'order' | 'pay';
  /** Unpaid orders appear in lists. */
  unpaidVisible: boolean;
  /** Smallest part of an order that can be told as shipped. */
  partialShipment: 'order' | 'line' | 'line-quantity';
  /** Receivers come as ciphers that only the platform opens; labels need no plain data. */
  cipherReceivers: boolean;
  /** Push channels, best first; empty means polling alone. */
  pushTransport: readonly ('socket' | 'webhook' | 'pull')[];
  /** One push channel carries all shops of an app. */
  pushPerApp: boolean;
  eWaybill: boolean;
  /** Ways the platform itself offers to prove completeness. */
  censusBy: 'created' | 'confirmed';
  bills: 'none' | 'api' | 'file';
  /** Bills come from a payment provider with an app and keys of its own, not by the shop's token. Default false. */
  billsNeedAccount?: boolean;
  currency: string;
}

/** Tokens of the platform. */
export interface TokenRules {
  /** False: the shop has to be authorised anew when the token ends. */
  canRefresh: boolean;
  /** When a refresh is allowed, seconds before (positive) the end of the access token; absent when canRefresh is false. */
  refreshWindow?: { fromSecondsBeforeEnd: number; untilSecondsAfterEnd: number };
  /** A refresh makes the refresh token before it useless, so the new one must be stored before anything else. */
  refreshRotates: boolean;
  /** The code of the callback lives this long. */
  codeLivesSeconds: number;
}

/** One value of the environment that a folder understands; addresses and UNCONFIRMED facts are such values. */
export interface PlatformConfigKey {
  /** Environment variable, e.g. TAOBAO_GATEWAY_URL. */
  env: string;
  /** Property of the resolved configuration. */
  name: string;
  kind: 'url' | 'text' | 'integer' | 'boolean';
  default: string;
  /** Meaning, unit and where the sheet speaks of it. */
  doc: string;
}

/** Resolved configuration: every key of the manifest has a value of its kind. */
export type PlatformConfig = Readonly<Record<string, string | number | boolean>>;

/** What every platform folder exports as `manifest` from its index.ts. */
export interface PlatformManifest {
  portVersion: number;
  /** Key of the platform everywhere: lower case letters, digits and hyphens. Equal to the folder's name. */
  code: string;
  name: string;
  /** Schema of a shop's credential beside appKey and appSecret, checked when a shop is created. */
  credentialSchema: TObject;
  capabilities: PlatformCapabilities;
  tokens: TokenRules;
  windows: Partial<Record<PlatformJob, WindowRule>>;
  limits: Record<string, MethodLimit>;
  /** Items per call: stock numbers, waybills, page size. */
  batch: { stock: number; waybills: number; pageSize: number };
  /** Methods (or permission packages) that a job needs, for the shop's health report. */
  scopes: Partial<Record<PlatformJob, readonly string[]>>;
  /** Our carrier code → the platform's; codes without an entry are passed on unchanged. */
  carriers: Readonly<Record<string, string>>;
  /** Edition of the platform's interface that the folder follows, and the day (YYYY-MM-DD) on which its sheet was last checked. */
  api?: { version: string; checkedOn: string };
  /** Where the folder's error table is described. */
  errorTable: string;
  configKeys: readonly PlatformConfigKey[];
  create(config: PlatformConfig): PlatformPort;
}
