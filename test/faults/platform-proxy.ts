import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { systemWireClock } from '@app/shared';

/** One call of the system under test to the platform, as it passed. */
export interface PlatformExchange {
  /** Method of the open API, or the path for other addresses. */
  method: string;
  session: string;
  form: URLSearchParams;
  at: number;
  /** The real answer of the platform; empty when the platform was not asked. */
  text: string;
  /** `error_response.code` of what was sent back, if any. */
  errorCode: string;
  /** Name of the rule that touched it. */
  rule: string;
}

/** What is sent back in place of the platform's answer. */
export interface FakedAnswer {
  status?: number;
  headers?: Record<string, string>;
  body: string | Buffer;
}

/** A fault on the way to the platform. */
export interface RuleSettings {
  name: string;
  method?: string;
  /** Only calls that fit; default all of the method. */
  where?(exchange: PlatformExchange): boolean;
  /** At most so many times. */
  times?: number;
  /** Happens before the platform is asked, e.g. a change of the order. */
  before?(exchange: PlatformExchange): Promise<unknown>;
  /** False: the platform is not asked at all. */
  asksPlatform?: boolean;
  /** What is sent back; `cut` breaks the connection, `undefined` leaves this answer as it is (and does not count). */
  answer?(text: string, exchange: PlatformExchange): FakedAnswer | string | 'cut' | undefined;
}

/** A rule that is switched on, with its count. */
export class Rule {
  injected = 0;
  isOn = true;

  constructor(readonly settings: RuleSettings) {}

  off(): void {
    this.isOn = false;
  }

  fits(exchange: PlatformExchange): boolean {
    const { method, where, times } = this.settings;
    if (!this.isOn || (times !== undefined && this.injected >= times)) return false;
    return (method === undefined || method === exchange.method) && (where?.(exchange) ?? true);
  }
}

/** Stands between the system and a platform over HTTP: remembers every call and damages answers by rules. */
export class PlatformProxy {
  readonly calls: PlatformExchange[] = [];
  private rules: Rule[] = [];
  private readonly server: Server;
  port = 0;

  private constructor(private readonly target: string) {
    this.server = createServer((request, response) => {
      this.serve(request, response).catch((error: Error) => {
        // The platform itself is away: what a caller sees is a broken connection.
        response.destroy(error);
      });
    });
    this.server.keepAliveTimeout = 60_000;
  }

  static async before(target: string): Promise<PlatformProxy> {
    const proxy = new PlatformProxy(target);
    await new Promise<void>((resolve) => proxy.server.listen(0, '127.0.0.1', resolve));
    proxy.port = (proxy.server.address() as AddressInfo).port;
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  rule(settings: RuleSettings): Rule {
    const rule = new Rule(settings);
    this.rules.push(rule);
    return rule;
  }

  /** Switches all rules off. */
  clear(): void {
    for (const rule of this.rules) rule.off();
    this.rules = [];
  }

  /** The last real answer to a method about an order. */
  lastDetail(platformOrderNo: string): PlatformExchange | undefined {
    return this.calls.findLast(
      (one) =>
        one.method === 'taobao.trade.fullinfo.get' &&
        one.form.get('tid') === platformOrderNo &&
        one.text.includes('trade_fullinfo_get_response'),
    );
  }

  /** Sends a recorded call once more, past all rules; its answer now. */
  async again(exchange: PlatformExchange): Promise<string> {
    const { body } = await this.forward('POST', '/taobao/router/rest', exchange.form.toString());
    return body.toString('utf8');
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const sent = Buffer.concat(chunks).toString('utf8');
    const path = request.url ?? '/';
    const form = new URLSearchParams(sent);
    const exchange: PlatformExchange = {
      method: form.get('method') ?? path.split('?')[0]!,
      session: form.get('session') ?? '',
      form,
      at: systemWireClock.now(),
      text: '',
      errorCode: '',
      rule: '',
    };
    this.calls.push(exchange);
    const rule = this.rules.find((one) => one.fits(exchange));
    if (rule?.settings.before) {
      rule.injected += 1;
      exchange.rule = rule.settings.name;
      await rule.settings.before(exchange);
    }
    const real =
      rule?.settings.asksPlatform === false
        ? { status: 200, headers: { date: new Date().toUTCString() } as Record<string, string>, body: Buffer.alloc(0) }
        : await this.forward(request.method ?? 'POST', path, sent);
    exchange.text = real.body.toString('utf8');
    const faked = rule?.settings.answer?.(exchange.text, exchange);
    if (rule && faked !== undefined) {
      rule.injected += 1;
      exchange.rule = rule.settings.name;
    }
    if (faked === 'cut') {
      request.socket.destroy();
      return;
    }
    const answer = typeof faked === 'string' ? { body: faked } : faked;
    const body = Buffer.from(answer?.body ?? real.body);
    exchange.errorCode =
      /"error_response":\{[^}]*?"code":"?(\d+)/.exec(body.subarray(0, 400).toString('utf8'))?.[1] ?? '';
    const {
      'content-length': _length,
      'transfer-encoding': _coding,
      connection: _connection,
      ...headers
    } = real.headers;
    response.writeHead(answer?.status ?? real.status, {
      ...headers,
      ...answer?.headers,
      'content-length': body.length,
    });
    response.end(body);
  }

  private forward(
    method: string,
    path: string,
    body: string,
  ): Promise<{ status: number; headers: Record<string, string>; body: Buffer }> {
    return new Promise((resolve, reject) => {
      const call = httpRequest(
        `${this.target}${path}`,
        {
          method,
          headers: body
            ? {
                'content-type': 'application/x-www-form-urlencoded;charset=utf-8',
                'content-length': Buffer.byteLength(body),
              }
            : {},
        },
        (answer) => {
          const chunks: Buffer[] = [];
          answer.on('data', (chunk: Buffer) => chunks.push(chunk));
          answer.on('error', reject);
          answer.on('end', () =>
            resolve({
              status: answer.statusCode ?? 502,
              headers: answer.headers as Record<string, string>,
              body: Buffer.concat(chunks),
            }),
          );
        },
      );
      call.on('error', reject);
      call.end(body);
    });
  }
}
