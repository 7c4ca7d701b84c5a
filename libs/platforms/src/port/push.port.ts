import { AppAccess, PlatformCall } from './platform.call';

/** What a push message speaks of; `other` is acknowledged and ignored. */
export type PushKind = 'order' | 'after-sale' | 'listing' | 'authorisation-cancelled' | 'tracking' | 'other';

/** A push message: names what changed and never carries truth. */
export interface PushMessage {
  /** The platform's message id; repeats carry the same or another one, so it only helps to drop repeats early. */
  messageId: string;
  topic: string;
  kind: PushKind;
  platformShopId?: string;
  platformOrderNo?: string;
  platformAfterSaleNo?: string;
  listingId?: string;
  /** When the platform published it, ISO 8601. */
  publishedAt?: string;
}

/** A request of the platform to us, before anything was parsed. */
export interface WebhookRequest {
  headers: Readonly<Record<string, string | undefined>>;
  query: Readonly<Record<string, string | undefined>>;
  /** Body as it came; signatures are over these bytes. */
  rawBody: Buffer;
}

/** Answer that the platform expects; it must leave quickly, so the work is queued before. */
export interface WebhookReply {
  status: number;
  contentType: string;
  body: string;
}

/** Receives messages of one app. */
export interface PushListener {
  /** Resolving acknowledges the message; rejecting leaves it to be delivered again. */
  onMessage(message: PushMessage): Promise<void>;
  /** `up` after a successful log-in, `down` with the reason; the connection goes on trying by itself. */
  onState?(state: 'up' | 'down', reason?: string): void;
}

/** A running push connection. */
export interface PushConnection {
  /** Ends it and resolves when no handler runs any more. */
  close(): Promise<void>;
}

/** App and clock of a push connection. */
export interface PushCall {
  app: AppAccess;
  wireNow(): Date;
  signal?: AbortSignal;
}

/** Push messages; a platform offers what its manifest's pushTransport lists. */
export interface PushPort {
  /** Opens messages for one shop; repeatable. Absent where nothing has to be opened. */
  subscribePush?(call: PlatformCall): Promise<void>;

  /** Transport `socket`: connects, logs in and reconnects by itself until closed. */
  connectPush?(call: PushCall, listener: PushListener): PushConnection;

  /** Transport `pull`: takes waiting messages once and acknowledges those whose handler resolved. Returns their number. */
  pullPush?(call: PushCall, listener: PushListener): Promise<number>;

  /** Transport `webhook`: checks the signature in constant time first. Throws `rejected` when it is wrong. */
  receivePush?(call: PushCall, request: WebhookRequest): Promise<{ messages: PushMessage[]; reply: WebhookReply }>;
}
