import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocket, WebSocketServer } from 'ws';
import type { Core } from '../../../core/core';
import { MINUTE, SECOND } from '../../../core/times';
import { BigNumberText, parseKeepingIds, printJson } from '../../../kit/lossless-json';
import type { QueuedMessage } from '../../../kit/message-queue';
import { isEqual, socketDigest } from '../sign';
import { deliveryId, messageId, type PinduoduoMessages } from './messages';

/** A message flood is cut into portions of this size. */
const PORTION = 100;
/** How often unconfirmed messages are looked for. */
const SWEEP_MS = SECOND;
/** The same skew as on the gateway; the sheet names none for the socket. */
const MOST_SKEW_MS = 10 * MINUTE;
/** A client that sent no heartbeat for this long is gone; the sheet names the client's own patience only (§11.3). */
const MOST_SILENCE_MS = 3 * MINUTE;

type Frame = Record<string, unknown>;

/** One socket of an app; all shops of the app come through it (Pinduoduo sheet §11.1). */
class Connection {
  lastHeardAt: number;

  constructor(
    private readonly socket: WebSocket,
    private readonly core: Core,
    private readonly queue: PinduoduoMessages,
    readonly appKey: string,
  ) {
    this.lastHeardAt = core.clocks.wire('pinduoduo');
    socket.on('message', (data) => this.receive(String(data)));
    // A socket that breaks is simply gone; the client connects again.
    socket.on('error', () => socket.terminate());
  }

  /** Sends what is waiting, or hangs up on a client that is silent for too long. */
  push(): void {
    if (this.socket.readyState !== WebSocket.OPEN) return;
    const now = this.core.clocks.wire('pinduoduo');
    if (now - this.lastHeardAt > MOST_SILENCE_MS) {
      this.socket.close(1001, 'no heartbeat');
      return;
    }
    for (const message of this.queue.take(this.appKey, PORTION)) this.socket.send(frameOf(message, now));
  }

  private receive(text: string): void {
    let frame: Frame;
    try {
      frame = parseKeepingIds(text) as Frame;
    } catch {
      this.socket.close(1003, 'malformed frame');
      return;
    }
    const now = this.core.clocks.wire('pinduoduo');
    this.lastHeardAt = now;
    const own = messageId(String(frame.id ?? ''));
    if (frame.commandType === 'HeartBeat')
      this.socket.send(printJson({ id: now, commandType: 'HeartBeat', time: now }));
    else if (frame.commandType === 'Ack' && own) this.queue.confirm(this.appKey, own);
    // A Fail comes again after the usual while (Pinduoduo sheet §11.3): nothing is noted.
    this.core.log.flush();
  }
}

function frameOf(message: QueuedMessage, now: number): string {
  return printJson({
    id: new BigNumberText(deliveryId(message)),
    commandType: 'Common',
    time: now,
    sendTime: now,
    message: { type: message.topic, mallID: Number(message.shopId), content: message.content },
  });
}

/** The app whose path this is: `{path}/{client_id}/{ms}/{digest}`; `=` may come as `%3D` (Pinduoduo sheet §11.2). */
function appOfPath(core: Core, path: string, url: string): string | undefined {
  const rest = url.split('?')[0]!.slice(path.length + 1);
  const [clientId = '', ms = '', digest = ''] = rest.replaceAll(/%3d/gi, '=').split('/');
  const app = core.story.app('pinduoduo', clientId);
  const isFresh = /^\d{13}$/.test(ms) && Math.abs(core.clocks.wire('pinduoduo') - Number(ms)) <= MOST_SKEW_MS;
  if (!app || !isFresh || !isEqual(socketDigest(clientId, ms, app.appSecret), digest)) return undefined;
  return app.appKey;
}

/** Serves the message socket under a path of the server. Returns what ends it. */
export function serveMessages(server: Server, path: string, core: Core, queue: PinduoduoMessages): () => void {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: 1024 * 1024 });
  const connections = new Map<WebSocket, Connection>();
  const pushAll = (appKey?: string): void => {
    for (const connection of connections.values())
      if (appKey === undefined || connection.appKey === appKey) connection.push();
    core.log.flush();
  };
  const upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    const url = request.url ?? '';
    if (!url.startsWith(`${path}/`)) return;
    if (core.faults.strikes('pinduoduo', 'down')) {
      socket.destroy();
      return;
    }
    const appKey = appOfPath(core, path, url);
    if (appKey === undefined) {
      socket.end('HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
      return;
    }
    sockets.handleUpgrade(request, socket, head, (client) => {
      const connection = new Connection(client, core, queue, appKey);
      connections.set(client, connection);
      client.on('close', () => connections.delete(client));
      connection.push();
    });
  };
  server.on('upgrade', upgrade);
  const unsubscribe = queue.onPublished((appKey) => setImmediate(() => pushAll(appKey)));
  const sweep = setInterval(() => pushAll(), SWEEP_MS);
  return () => {
    clearInterval(sweep);
    unsubscribe();
    server.off('upgrade', upgrade);
    for (const client of connections.keys()) client.terminate();
    sockets.close();
  };
}
