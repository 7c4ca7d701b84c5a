import { Transform, type TransformCallback } from 'node:stream';
import proxy from '@fastify/http-proxy';
import { AppError, currentTraceId, serviceUrl, toProblem, TRACE_HEADER, type ServiceName } from '@app/shared';
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { GatewayConfig } from '../gateway.config';

/** Path prefixes and the service that answers each. */
export const PROXIED: readonly { prefix: string; service: ServiceName }[] = [
  { prefix: '/catalog', service: 'catalog' },
  { prefix: '/orders', service: 'orders' },
  { prefix: '/inventory', service: 'inventory' },
  { prefix: '/logistics', service: 'logistics' },
  { prefix: '/settlement', service: 'settlement' },
  { prefix: '/sync', service: 'sync' },
  { prefix: '/webhooks', service: 'sync' },
];

/** Bytes; the largest body of any service. Each service enforces its own, mostly smaller, limit per route. */
export const PROXY_BODY_LIMIT = 32 * 1024 * 1024;
const RETRY_AFTER_SECONDS = '2';
const CONNECTIONS_PER_SERVICE = 128;
const CONNECT_TIMEOUT_MS = 3_000;

function tooLarge(): AppError {
  return new AppError('BODY_TOO_LARGE', `A body may have at most ${PROXY_BODY_LIMIT} bytes; send smaller batches.`);
}

/** Lets a body through as it comes and breaks it off beyond the limit, for bodies that do not declare their length. */
export class BodyLimit extends Transform {
  private seen = 0;

  constructor(private readonly limit = PROXY_BODY_LIMIT) {
    super();
  }

  override _transform(part: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.seen += part.length;
    if (this.seen > this.limit) done(tooLarge());
    else done(null, part);
  }
}

/** Sends an error as its problem body from outside of Nest's routes. */
export function sendProblem(reply: FastifyReply, error: unknown, headers: Record<string, string> = {}): void {
  const body = toProblem(error);
  void reply
    .status(body.status)
    .headers(headers)
    .header('content-type', 'application/problem+json; charset=utf-8')
    .send(body);
}

function causeOf(error: unknown): unknown {
  for (let at = error as { cause?: unknown } | undefined; at; at = at.cause as typeof at)
    if (at instanceof AppError) return at;
  return undefined;
}

/**
 * Passes the paths of the services on to them, bodies streamed, answers unchanged. Nothing is repeated here: the caller
 * knows whether it may. A service that does not answer is 503 SERVICE.UNAVAILABLE.
 */
export async function addServiceProxies(fastify: FastifyInstance, config: GatewayConfig): Promise<void> {
  for (const { prefix, service } of PROXIED) {
    await fastify.register(async (scope) => {
      // The parsers of the gateway's own routes would read the bodies that must be streamed.
      scope.removeAllContentTypeParsers();
      await scope.register(proxy, {
        upstream: serviceUrl(config, service),
        prefix,
        rewritePrefix: prefix,
        http2: false,
        retryMethods: [],
        undici: {
          connections: CONNECTIONS_PER_SERVICE,
          pipelining: 1,
          keepAliveTimeout: 15_000,
          headersTimeout: config.GATEWAY_PROXY_TIMEOUT_MS,
          bodyTimeout: config.GATEWAY_PROXY_TIMEOUT_MS,
          connect: { timeout: CONNECT_TIMEOUT_MS },
        } as never,
        preHandler: (request, reply, next) => {
          if (Number(request.headers['content-length'] ?? 0) > PROXY_BODY_LIMIT)
            return sendProblem(reply, tooLarge(), { connection: 'close' });
          if (request.headers['transfer-encoding'] && request.body)
            request.body = (request.body as NodeJS.ReadableStream).pipe(new BodyLimit());
          next();
        },
        replyOptions: {
          rewriteRequestHeaders: (request, headers) => ({
            ...headers,
            [TRACE_HEADER]: currentTraceId(),
            'x-forwarded-for': request.ip,
          }),
          rewriteHeaders: ({ [TRACE_HEADER]: _own, ...headers }) => headers,
          onError: (reply, { error }) => {
            const refused = causeOf(error);
            if (refused) return sendProblem(reply as FastifyReply, refused);
            const why = new AppError(
              'SERVICE.UNAVAILABLE',
              `The service ${service} does not answer at present; try again in a moment.`,
              { service },
              { cause: error },
            );
            sendProblem(reply as FastifyReply, why, { 'retry-after': RETRY_AFTER_SECONDS });
          },
        },
      });
    });
  }
}
