import { createLogger } from '@app/shared';
import WebSocket from 'ws';
import { PushCall, PushConnection, PushListener } from '../port';
import { TaobaoConfig } from './taobao.config';
import { TmcMessage, mapPushMessage } from './taobao.push-mapper';
import { signTmcConnect } from './taobao.signer';
import { FRAME, KIND, TmcFrame, TmcFrameError, TmcValue, decodeFrame, encodeFrame } from './taobao.tmc-codec';

/** Pull request interval of the platform's own clients (Taobao sheet §11.1). */
const PULL_EVERY_MS = 5_000;
/** Nothing heard for so long, not even a pong, means that the connection is dead. */
const SILENCE_MS = 30_000;
const FIRST_RECONNECT_MS = 3_000;
const LONGEST_RECONNECT_MS = 60_000;
/** Longest waiting time for the answer to CONNECT. */
const LOG_IN_MS = 10_000;
/** A frame is small; anything larger is not from the platform. */
const MAX_FRAME_BYTES = 4 * 1024 * 1024;

const log = createLogger('taobao-tmc');

/** The message socket of one app: logs in, pulls, acknowledges after the listener, reconnects until closed. */
export class TmcSocket implements PushConnection {
  private socket: WebSocket | undefined;
  private token: string | undefined;
  private timer: NodeJS.Timeout | undefined;
  private reconnectTimer: NodeJS.Timeout | undefined;
  private lastHeardAt = 0;
  private failures = 0;
  private isClosed = false;
  private readonly running = new Set<Promise<void>>();

  constructor(
    private readonly call: PushCall,
    private readonly listener: PushListener,
    private readonly config: TaobaoConfig,
  ) {
    call.signal?.addEventListener('abort', () => void this.close(), { once: true });
    this.connect();
  }

  async close(): Promise<void> {
    this.isClosed = true;
    this.stopTimers();
    clearTimeout(this.reconnectTimer);
    // Handlers that run may still confirm their messages; no further message is taken.
    await Promise.allSettled([...this.running]);
    this.socket?.close();
    this.socket?.terminate();
  }

  private connect(): void {
    if (this.isClosed) return;
    const socket = new WebSocket(this.config.tmcUrl, {
      handshakeTimeout: LOG_IN_MS,
      maxPayload: MAX_FRAME_BYTES,
      perMessageDeflate: false,
    });
    this.socket = socket;
    this.token = undefined;
    let reason = 'closed by the platform';
    socket.on('open', () => this.logIn(socket));
    socket.on('message', (data: WebSocket.RawData) => this.receive(socket, toBuffer(data)));
    socket.on('pong', () => this.heard());
    socket.on('ping', () => this.heard());
    socket.on('error', (error) => {
      reason = error.message;
    });
    socket.on('close', () => this.reconnectLater(socket, reason));
  }

  private logIn(socket: WebSocket): void {
    const timestamp = String(this.call.wireNow().getTime());
    this.heard();
    this.write(socket, FRAME.connect, {
      app_key: this.call.app.appKey,
      group_name: this.config.tmcGroup,
      timestamp,
      sign: signTmcConnect(this.call.app, this.config.tmcGroup, timestamp),
      sdk: 'huidian',
      intranet_ip: '127.0.0.1',
    });
    this.stopTimers();
    this.timer = setInterval(() => this.tick(socket), PULL_EVERY_MS);
  }

  private tick(socket: WebSocket): void {
    const silence = this.call.wireNow().getTime() - this.lastHeardAt;
    if (silence > SILENCE_MS || (this.token === undefined && silence > LOG_IN_MS)) return socket.terminate();
    if (this.token !== undefined) this.write(socket, FRAME.send, { __kind: KIND.pull });
    if (socket.readyState === WebSocket.OPEN) socket.ping();
  }

  private receive(socket: WebSocket, bytes: Buffer): void {
    this.heard();
    const frame = this.decode(socket, bytes);
    if (frame === undefined) return;
    if (frame.type === FRAME.connectAck) return this.loggedIn(socket, frame);
    if (this.isClosed) return;
    if (frame.type === FRAME.send && frame.content['__kind'] === KIND.message) {
      const work = this.deliver(socket, frame).finally(() => this.running.delete(work));
      this.running.add(work);
    }
  }

  private decode(socket: WebSocket, bytes: Buffer): TmcFrame | undefined {
    try {
      return decodeFrame(bytes);
    } catch (error) {
      if (!(error instanceof TmcFrameError)) throw error;
      log.warn({ cause: error.message }, 'a frame of the message socket breaks the protocol; connecting anew');
      socket.terminate();
      return undefined;
    }
  }

  private loggedIn(socket: WebSocket, frame: TmcFrame): void {
    if (frame.token === undefined || (frame.statusCode ?? 0) !== 0) {
      log.warn({ statusCode: frame.statusCode, cause: frame.statusPhrase }, 'the message socket refused the log-in');
      socket.terminate();
      return;
    }
    this.token = frame.token;
    this.failures = 0;
    this.listener.onState?.('up');
    this.write(socket, FRAME.send, { __kind: KIND.pull });
  }

  private async deliver(socket: WebSocket, frame: TmcFrame): Promise<void> {
    const id = frame.content['id'];
    try {
      await this.listener.onMessage(mapPushMessage(readMessage(frame)));
    } catch (error) {
      log.warn(
        { messageId: String(id), cause: String(error) },
        'a message could not be taken; the platform delivers it again',
      );
      if (id !== undefined) this.write(socket, FRAME.sendAck, { __kind: KIND.failed, id, msg: 'not taken' });
      return;
    }
    if (id !== undefined) this.write(socket, FRAME.send, { __kind: KIND.confirm, id: toBigInt(id) });
  }

  private write(socket: WebSocket, type: number, content: Record<string, TmcValue>): void {
    if (socket.readyState !== WebSocket.OPEN) return;
    socket.send(encodeFrame({ type, content, ...(this.token !== undefined && { token: this.token }) }), {
      binary: true,
    });
  }

  private reconnectLater(socket: WebSocket, reason: string): void {
    if (this.isClosed || this.socket !== socket) return;
    this.stopTimers();
    this.listener.onState?.('down', reason);
    const wait = Math.min(FIRST_RECONNECT_MS * 2 ** this.failures, LONGEST_RECONNECT_MS);
    this.failures = Math.min(this.failures + 1, 10);
    this.reconnectTimer = setTimeout(() => this.connect(), wait + Math.floor(Math.random() * 500));
  }

  private heard(): void {
    this.lastHeardAt = this.call.wireNow().getTime();
  }

  private stopTimers(): void {
    clearInterval(this.timer);
    this.timer = undefined;
  }
}

function toBuffer(data: WebSocket.RawData): Buffer {
  if (Array.isArray(data)) return Buffer.concat(data);
  return Buffer.isBuffer(data) ? data : Buffer.from(data);
}

function toBigInt(id: TmcValue): TmcValue {
  if (typeof id === 'number') return BigInt(id);
  return typeof id === 'string' && /^\d+$/.test(id) ? BigInt(id) : id;
}

function readMessage(frame: TmcFrame): TmcMessage {
  const { id, topic, content, userid, time } = frame.content;
  const publishedMs = typeof time === 'bigint' || typeof time === 'number' ? Number(time) : Number.NaN;
  return {
    id: String(id ?? ''),
    topic: String(topic ?? ''),
    content: typeof content === 'string' ? content : '{}',
    ...(userid !== undefined && userid !== null && { userId: String(userid) }),
    ...(Number.isFinite(publishedMs) && { publishedAt: new Date(publishedMs) }),
  };
}
