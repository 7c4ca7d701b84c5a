import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocket, WebSocketServer } from 'ws';
import type { Core } from '../../../core/core';
import { MINUTE, SECOND } from '../../../core/times';
import { FRAME, KIND, readFrame, writeFrame, type Frame } from './codec';
import type { MessageQueue, QueuedMessage } from '../../../kit/message-queue';

/** A message flood is cut into portions of this size. */
const PORTION = 100;
/** How often unconfirmed messages are looked for. */
const SWEEP_MS = SECOND;
const PING_MS = 20 * SECOND;
/** The same skew as on the gateway; the sheet names none for the socket. */
const MOST_SKEW_MS = 10 * MINUTE;

/** The sign of CONNECT (Taobao sheet §11.1). */
export function connectSign(appKey: string, group: string, timestamp: string, secret: string): string {
  const text = `${secret}app_key${appKey}group_name${group}timestamp${timestamp}${secret}`;
  return createHash('md5').update(text, 'utf8').digest('hex').toUpperCase();
}

class Connection {
  private appKey: string | undefined;
  private hasPulled = false;

  constructor(
    private readonly socket: WebSocket,
    private readonly core: Core,
    private readonly queue: MessageQueue,
  ) {
    socket.on('message', (data) => this.receive(Buffer.isBuffer(data) ? data : Buffer.concat(data as Buffer[])));
    // A socket that breaks is simply gone; the client connects again.
    socket.on('error', () => socket.terminate());
  }

  /** Sends what is waiting, once the client has asked for messages. */
  push(): void {
    if (!this.appKey || !this.hasPulled || this.socket.readyState !== WebSocket.OPEN) return;
    for (const message of this.queue.take(this.appKey, PORTION)) this.socket.send(dataFrame(this.core, message));
  }

  isOf(appKey: string): boolean {
    return this.appKey === appKey;
  }

  private receive(bytes: Buffer): void {
    let frame: Frame;
    try {
      frame = readFrame(bytes);
    } catch {
      this.socket.close(1002, 'malformed frame');
      return;
    }
    if (frame.type === FRAME.connect) this.connect(frame);
    else if (!this.appKey) this.socket.close(1008, 'not connected');
    else if (frame.type === FRAME.send) this.serve(frame);
    else if (frame.type === FRAME.sendAck && frame.headers.has('id'))
      this.queue.fail(this.appKey, String(frame.headers.get('id')));
    this.core.log.flush();
  }

  private connect(frame: Frame): void {
    const get = (name: string): string => String(frame.headers.get(name) ?? '');
    const app = this.core.story.app('taobao', get('app_key'));
    const wanted = app ? connectSign(app.appKey, get('group_name'), get('timestamp'), app.appSecret) : '';
    const isSigned =
      wanted !== '' &&
      wanted.length === get('sign').length &&
      timingSafeEqual(Buffer.from(wanted), Buffer.from(get('sign')));
    const isFresh = Math.abs(this.core.clocks.wire('taobao') - Number(get('timestamp'))) <= MOST_SKEW_MS;
    if (!app || !isSigned || !isFresh) {
      const phrase = !app ? 'app_key is invalid' : !isSigned ? 'sign is invalid' : 'timestamp is invalid';
      this.socket.send(writeFrame(FRAME.connectAck, { statusCode: 401, statusPhrase: phrase }));
      this.socket.close(1008, phrase);
      return;
    }
    this.appKey = app.appKey;
    this.socket.send(writeFrame(FRAME.connectAck, { token: createHash('sha1').update(wanted).digest('hex') }));
  }

  private serve(frame: Frame): void {
    const kind = Number(frame.headers.get('__kind') ?? 0);
    if (kind === KIND.pull) {
      this.hasPulled = true;
      this.push();
    } else if (kind === KIND.confirm) this.queue.confirm(this.appKey!, String(frame.headers.get('id') ?? ''));
    else if (kind === KIND.failed) this.queue.fail(this.appKey!, String(frame.headers.get('id') ?? ''));
  }
}

function dataFrame(core: Core, message: QueuedMessage): Buffer {
  return writeFrame(FRAME.send, {
    headers: {
      __kind: { byte: KIND.data },
      id: { int64: BigInt(message.id) },
      topic: message.topic,
      content: message.content,
      publisher: '12497914',
      time: { date: message.at },
      nick: core.story.shop('taobao', message.shopId)?.name ?? '',
      userid: message.shopId,
      dataid: message.id,
      outtime: { date: core.now() },
      retried: { int64: BigInt(message.retried) },
    },
  });
}

/** Serves the message socket on a path of the server. Returns what ends it. */
export function serveTmc(server: Server, path: string, core: Core, queue: MessageQueue): () => void {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: 1024 * 1024 });
  const connections = new Map<WebSocket, Connection>();
  const pushAll = (appKey?: string): void => {
    for (const connection of connections.values())
      if (appKey === undefined || connection.isOf(appKey)) connection.push();
    core.log.flush();
  };
  const upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    if ((request.url ?? '').split('?')[0]!.replace(/\/$/, '') !== path) return;
    if (core.faults.strikes('taobao', 'down')) {
      socket.destroy();
      return;
    }
    sockets.handleUpgrade(request, socket, head, (client) => {
      connections.set(client, new Connection(client, core, queue));
      client.on('close', () => connections.delete(client));
    });
  };
  server.on('upgrade', upgrade);
  const unsubscribe = queue.onPublished((appKey) => setImmediate(() => pushAll(appKey)));
  const sweep = setInterval(() => pushAll(), SWEEP_MS);
  const ping = setInterval(() => {
    for (const client of connections.keys()) if (client.readyState === WebSocket.OPEN) client.ping();
  }, PING_MS);
  return () => {
    clearInterval(sweep);
    clearInterval(ping);
    unsubscribe();
    server.off('upgrade', upgrade);
    for (const client of connections.keys()) client.terminate();
    sockets.close();
  };
}
