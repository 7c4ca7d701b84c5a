import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** How a proxy treats connections from now on. */
export type TcpFault =
  /** Passes everything on. */
  | { kind: 'none' }
  /** Takes no new connections and resets the open ones, like a server that is gone. */
  | { kind: 'refuse' }
  /** Keeps connections open and passes nothing on, in either direction: a half-open network. */
  | { kind: 'half-open' }
  /** Passes everything on after so many milliseconds. */
  | { kind: 'delay'; ms: number }
  /** Resets a connection after so many bytes of the server's answers; counts per connection. */
  | { kind: 'cut-after'; bytes: number }
  /** Ends the client's side this long after the server ended its own. */
  | { kind: 'slow-close'; ms: number }
  /** Inverts one bit in every n-th byte of the server's answers. */
  | { kind: 'flip'; every: number };

interface Pair {
  client: Socket;
  server: Socket;
  answered: number;
}

/** A TCP proxy in front of one server that can misbehave; every connection or chunk that a fault touched is counted. */
export class TcpProxy {
  private readonly pairs = new Set<Pair>();
  private fault: TcpFault = { kind: 'none' };
  private listener: Server | undefined;
  /** Connections cut, refused or held, and chunks delayed or damaged, since the start. */
  injected = 0;
  port = 0;

  constructor(
    private readonly targetHost: string,
    private readonly targetPort: number,
  ) {}

  /** Starts a proxy for the server of an address, on a free port. */
  static async before(address: string): Promise<TcpProxy> {
    const { hostname, port } = new URL(address);
    const proxy = new TcpProxy(hostname, Number(port));
    await proxy.listen();
    return proxy;
  }

  /** The same address by way of the proxy. */
  through(address: string): string {
    const changed = new URL(address);
    changed.hostname = '127.0.0.1';
    changed.port = String(this.port);
    return changed.toString();
  }

  /** Connections that are open now. */
  get open(): number {
    return this.pairs.size;
  }

  async set(fault: TcpFault): Promise<void> {
    this.fault = fault;
    if (fault.kind === 'refuse') {
      await this.unlisten();
      this.cut();
      return;
    }
    if (!this.listener) await this.listen();
    if (fault.kind === 'half-open') {
      this.injected += this.pairs.size;
      return;
    }
    for (const { client, server } of this.pairs) {
      client.resume();
      server.resume();
    }
  }

  /** Resets every open connection once; new ones are served as before. Returns how many were cut. */
  cut(): number {
    const count = this.pairs.size;
    for (const { client, server } of this.pairs) {
      client.resetAndDestroy();
      server.destroy();
    }
    this.pairs.clear();
    this.injected += count;
    return count;
  }

  async close(): Promise<void> {
    await this.unlisten();
    for (const { client, server } of this.pairs) {
      client.destroy();
      server.destroy();
    }
    this.pairs.clear();
  }

  private listen(): Promise<void> {
    const listener = createServer({ allowHalfOpen: true }, (client) => this.take(client));
    this.listener = listener;
    return new Promise((resolve, reject) => {
      listener.once('error', reject);
      listener.listen(this.port, '127.0.0.1', () => {
        this.port = (listener.address() as AddressInfo).port;
        resolve();
      });
    });
  }

  /** Closes the door; open connections stay. */
  private unlisten(): Promise<void> {
    const { listener } = this;
    this.listener = undefined;
    if (!listener) return Promise.resolve();
    return new Promise((resolve) => {
      listener.close(() => resolve());
      // The door is closed at once; `close` only reports the end of the last connection.
      resolve();
    });
  }

  private take(client: Socket): void {
    const server = connect({ host: this.targetHost, port: this.targetPort, allowHalfOpen: true });
    const pair: Pair = { client, server, answered: 0 };
    this.pairs.add(pair);
    if (this.fault.kind === 'half-open') this.injected += 1;
    for (const socket of [client, server]) {
      socket.setNoDelay(true);
      // An error is followed by "close", which takes the other side down as well.
      socket.on('error', () => socket.destroy());
      socket.on('close', () => {
        this.pairs.delete(pair);
        client.destroy();
        server.destroy();
      });
    }
    client.on('data', (chunk: Buffer) => this.pass(client, server, chunk));
    client.on('end', () => server.end());
    server.on('data', (chunk: Buffer) => this.answer(pair, chunk));
    server.on('end', () => {
      if (this.fault.kind !== 'slow-close') return client.end();
      this.injected += 1;
      setTimeout(() => client.end(), this.fault.ms).unref();
    });
  }

  private answer(pair: Pair, chunk: Buffer): void {
    const { fault } = this;
    pair.answered += chunk.length;
    if (fault.kind === 'cut-after' && pair.answered > fault.bytes) {
      this.injected += 1;
      pair.client.resetAndDestroy();
      pair.server.destroy();
      return;
    }
    if (fault.kind === 'flip') {
      const damaged = Buffer.from(chunk);
      for (let at = fault.every - 1; at < damaged.length; at += fault.every) damaged[at] = damaged[at]! ^ 0x10;
      if (damaged.length >= fault.every) this.injected += 1;
      return this.pass(pair.server, pair.client, damaged);
    }
    this.pass(pair.server, pair.client, chunk);
  }

  private pass(from: Socket, to: Socket, chunk: Buffer): void {
    const { fault } = this;
    if (fault.kind === 'half-open') {
      // What was said stays unsaid until the network is whole again.
      from.pause();
      from.unshift(chunk);
      return;
    }
    if (fault.kind === 'delay') {
      this.injected += 1;
      setTimeout(() => to.writable && to.write(chunk), fault.ms);
      return;
    }
    if (to.writable && !to.write(chunk)) {
      from.pause();
      to.once('drain', () => from.resume());
    }
  }
}
