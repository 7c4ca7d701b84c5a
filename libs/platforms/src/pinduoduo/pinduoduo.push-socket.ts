import { createLogger } from '@app/shared';
import WebSocket from 'ws';
import { PushCall, PushConnection, PushListener } from '../port';
import { PushFrame, readFrame, writeAck, writeHeartbeat } from './pinduoduo.push-frames';
import { pushDigest } from './pinduoduo.signer';

/** Times of the connection in milliseconds, as the platform's own client has them (Pinduoduo sheet §11.3). */
export interface PushTimes {
  heartbeatMs: number;
  /** Nothing heard for so long means that the connection is dead. */
  silenceMs: number;
  firstReconnectMs: number;
  longestReconnectMs: number;
}

const TIMES: PushTimes = {
  heartbeatMs: 5_000,
  silenceMs: 180_000,
  firstReconnectMs: 3_000,
  longestReconnectMs: 60_000,
};
/** Longest wait for the server to take the connection. */
const LOG_IN_MS = 10_000;
/** A frame is small; anything larger is not from the platform. */
const MAX_FRAME_BYTES = 4 * 1024 * 1024;

const log = createLogger('pinduoduo-push');

/** The message socket of one app: connects with a fresh digest, beats, acknowledges after the listener, reconnects until closed. */
export class PinduoduoSocket implements PushConnection {
  private socket: WebSocket | undefined;
  private timer: NodeJS.Timeout | undefined;
  private reconnectTimer: NodeJS.Timeout | undefined;
  private lastHeardAt = 0;
  private failures = 0;
  private isClosed = false;
  private readonly running = new Set<Promise<void>>();

  constructor(
    private readonly call: PushCall,
    private readonly listener: PushListener,
    private readonly address: { pushUrl: string; platformNow(): Date },
    private readonly times: PushTimes = TIMES,
  ) {
    call.signal?.addEventListener('abort', () => void this.close(), { once: true });
    this.connect();
  }

  async close(): Promise<void> {
    this.isClosed = true;
    clearInterval(this.timer);
    clearTimeout(this.reconnectTimer);
    // Handlers that run may still acknowledge their messages; no further message is taken.
    await Promise.allSettled([...this.running]);
    this.socket?.close();
    this.socket?.terminate();
  }

  private connect(): void {
    if (this.isClosed) return;
    const socket = new WebSocket(this.url(), {
      handshakeTimeout: LOG_IN_MS,
      maxPayload: MAX_FRAME_BYTES,
      perMessageDeflate: false,
    });
    this.socket = socket;
    let reason = 'closed by the platform';
    socket.on('open', () => this.opened(socket));
    socket.on('message', (data: WebSocket.RawData) => this.receive(socket, textOf(data)));
    socket.on('pong', () => this.heard());
    socket.on('ping', () => this.heard());
    socket.on('error', (error) => {
      reason = error.message;
    });
    socket.on('close', () => this.reconnectLater(socket, reason));
  }

  /** The digest is over the time, so every connection has one of its own (Pinduoduo sheet §11.2). */
  private url(): string {
    const { appKey, appSecret } = this.call.app;
    const ms = String(this.address.platformNow().getTime());
    // Its `=` stands as it is, as in the official client.
    const digest = pushDigest(appKey, ms, appSecret);
    return `${this.address.pushUrl.replace(/\/+$/, '')}/${encodeURIComponent(appKey)}/${ms}/${digest}`;
  }

  private opened(socket: WebSocket): void {
    this.heard();
    this.listener.onState?.('up');
    clearInterval(this.timer);
    this.timer = setInterval(() => this.beat(socket), this.times.heartbeatMs);
  }

  private beat(socket: WebSocket): void {
    if (this.call.wireNow().getTime() - this.lastHeardAt > this.times.silenceMs) return socket.terminate();
    this.write(socket, writeHeartbeat(this.call.wireNow().getTime()));
    if (socket.readyState === WebSocket.OPEN) socket.ping();
  }

  private receive(socket: WebSocket, text: string): void {
    this.heard();
    // A server that takes a connection and drops it at once must not be asked without a pause.
    this.failures = 0;
    const frame = this.read(text);
    if (frame?.kind !== 'message' || this.isClosed) return;
    const work = this.deliver(socket, frame).finally(() => this.running.delete(work));
    this.running.add(work);
  }

  private read(text: string): PushFrame | undefined {
    try {
      return readFrame(text);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      // Unacknowledged, so the platform delivers it again.
      log.warn({ cause: error.message }, 'a frame of the message socket is no JSON');
      return undefined;
    }
  }

  private async deliver(socket: WebSocket, frame: Extract<PushFrame, { kind: 'message' }>): Promise<void> {
    let failReason: string | undefined;
    try {
      await this.listener.onMessage(frame.message);
    } catch (error) {
      log.warn(
        { messageId: frame.id, cause: String(error) },
        'a message could not be taken; the platform delivers it again',
      );
      failReason = 'not taken';
    }
    this.write(socket, writeAck(frame, this.call.wireNow().getTime(), failReason));
  }

  private write(socket: WebSocket, text: string): void {
    if (socket.readyState === WebSocket.OPEN) socket.send(text);
  }

  private reconnectLater(socket: WebSocket, reason: string): void {
    if (this.isClosed || this.socket !== socket) return;
    clearInterval(this.timer);
    this.listener.onState?.('down', reason);
    const wait = Math.min(this.times.firstReconnectMs * 2 ** this.failures, this.times.longestReconnectMs);
    this.failures = Math.min(this.failures + 1, 10);
    this.reconnectTimer = setTimeout(() => this.connect(), wait + Math.floor(Math.random() * wait * 0.2));
  }

  private heard(): void {
    this.lastHeardAt = this.call.wireNow().getTime();
  }
}

function textOf(data: WebSocket.RawData): string {
  if (Array.isArray(data)) return Buffer.concat(data).toString('utf8');
  return (Buffer.isBuffer(data) ? data : Buffer.from(data)).toString('utf8');
}
