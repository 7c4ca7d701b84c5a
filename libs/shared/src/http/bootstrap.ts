import type { AddressInfo } from 'node:net';
import { RequestMethod, type DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import type { FastifyInstance } from 'fastify';
import { AppError } from '../errors/app-error';
import { createLogger } from '../logging/logger';
import { acceptTraceId, TRACE_HEADER, withTrace } from '../logging/trace';
import { httpSeconds } from '../metrics/metrics';
import type { ServiceOptions } from '../service-options';
import { monotonicMs } from '../time/wire-clock';
import { Readiness } from './health.controller';
import { withProblems } from './documentation';
import { ProblemFilter, toProblem } from './problem.filter';
import { keepRawBodies } from './raw-body';
import { createValidationPipe } from './validation.pipe';

const log = createLogger('http');
const MIB = 1024 * 1024;
const BODY_LIMIT = MIB;
/** Batch routes read larger bodies; a service names them by path suffix. */
const BATCH_BODY_LIMIT = 32 * MIB;
/** Larger bodies than this are cut off instead of read to their end. */
const DRAINED_AT_MOST = 64 * MIB;

/** A started app. */
export interface RunningApp {
  name: string;
  port: number;
  close(): Promise<void>;
}

/** What an app adds to the common bootstrap. */
export interface AppSettings {
  options: ServiceOptions;
  module: DynamicModule | (new (...args: never[]) => unknown);
  /** Path endings whose bodies may have 32 MiB. */
  batchPaths?: readonly string[];
  /** Runs on the bare app before it listens (proxies, plugins). */
  prepare?(app: NestFastifyApplication): Promise<void>;
  /** Paths without the service's prefix. */
  rootPaths?: readonly string[];
  /** Beginnings of paths whose bodies are kept as they came; see rawBodyOf. */
  rawBodyPaths?: readonly string[];
}

function addTraceAndMetrics(fastify: FastifyInstance, service: string): void {
  fastify.addHook('onRequest', (request, reply, done) => {
    const traceId = acceptTraceId(request.headers[TRACE_HEADER]);
    void reply.header(TRACE_HEADER, traceId);
    (request as { startedMs?: number }).startedMs = monotonicMs();
    withTrace({ traceId }, done);
  });
  fastify.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'unknown';
    const ms = monotonicMs() - ((request as { startedMs?: number }).startedMs ?? monotonicMs());
    httpSeconds.observe({ service, method: request.method, route, status: String(reply.statusCode) }, ms / 1_000);
    if (!route.startsWith('/health') && route !== '/metrics') {
      const caller = (request as { caller?: { clientId: string; companyId: string } }).caller;
      const level = reply.statusCode >= 500 ? 'error' : reply.statusCode >= 400 ? 'info' : 'debug';
      log[level](
        {
          service,
          method: request.method,
          route,
          status: reply.statusCode,
          ms: Math.round(ms),
          client: caller?.clientId,
          companyId: caller?.companyId,
        },
        'request',
      );
    }
    done();
  });
}

function limitBodies(fastify: FastifyInstance, batchPaths: readonly string[]): void {
  fastify.addHook('onRoute', (route) => {
    route.bodyLimit = batchPaths.some((suffix) => route.url.endsWith(suffix)) ? BATCH_BODY_LIMIT : BODY_LIMIT;
  });
}

/**
 * Refuses a body that says itself that it is too large, and reads it to its end: an answer before the end of a body
 * reaches few clients, since their connection breaks while they are still sending.
 */
function refuseLargeBodies(fastify: FastifyInstance): void {
  fastify.addHook('onRequest', (request, reply, done) => {
    const length = Number(request.headers['content-length'] ?? 0);
    const limit = request.routeOptions.bodyLimit ?? BODY_LIMIT;
    if (length <= limit || length > DRAINED_AT_MOST) return done();
    const message = `The body has ${length} bytes, this call takes at most ${limit}; send it in smaller parts.`;
    const body = toProblem(new AppError('BODY_TOO_LARGE', message));
    void reply.status(body.status).header('content-type', 'application/problem+json; charset=utf-8').send(body);
  });
}

/** The OpenAPI document of an app. */
export function describe(app: NestFastifyApplication, options: ServiceOptions): OpenAPIObject {
  const builder = new DocumentBuilder()
    .setTitle(options.title)
    .setDescription(options.description)
    .setVersion('1')
    .setLicense('Apache-2.0', 'https://www.apache.org/licenses/LICENSE-2.0')
    .addServer('/')
    .addBearerAuth();
  return withProblems(
    SwaggerModule.createDocument(app, builder.build(), {
      operationIdFactory: (controller, method) => `${controller.replace(/Controller$/, '')}_${method}`,
    }),
  );
}

/** Creates a service's Nest app with everything that all services share; not yet listening. */
export async function createApp(settings: AppSettings): Promise<NestFastifyApplication> {
  const { options } = settings;
  const adapter = new FastifyAdapter({
    bodyLimit: BATCH_BODY_LIMIT,
    requestTimeout: 30_000,
    connectionTimeout: 10_000,
    keepAliveTimeout: 20_000,
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: 200 },
  });
  const fastify = adapter.getInstance() as unknown as FastifyInstance;
  addTraceAndMetrics(fastify, options.service);
  limitBodies(fastify, settings.batchPaths ?? []);
  keepRawBodies(fastify, settings.rawBodyPaths ?? [], BODY_LIMIT);
  // The gateway passes bodies on, and each service knows its own limits.
  if (options.service !== 'gateway') refuseLargeBodies(fastify);
  const app = await NestFactory.create<NestFastifyApplication>(settings.module, adapter, {
    logger: ['error', 'warn'],
    abortOnError: false,
  });
  const roots = ['health/live', 'health/ready', 'metrics', ...(settings.rootPaths ?? [])];
  app.setGlobalPrefix(options.service, { exclude: roots.map((path) => ({ path, method: RequestMethod.ALL })) });
  app.useGlobalPipes(createValidationPipe());
  app.useGlobalFilters(new ProblemFilter());
  await settings.prepare?.(app);
  if (options.service !== 'gateway') {
    SwaggerModule.setup('docs', app, () => describe(app, options), {
      jsonDocumentUrl: 'docs-json',
      useGlobalPrefix: false,
    });
  }
  return app;
}

/** Creates the app and listens. The process's signals are the entry file's business (see runMain). */
export async function startApp(settings: AppSettings): Promise<RunningApp> {
  const { options } = settings;
  const app = await createApp(settings);
  try {
    await app.listen(options.port, options.config.HOST);
  } catch (error) {
    // Connections that were opened would keep a process alive that goes on without this app.
    await app
      .close()
      .catch((closing: Error) =>
        log.warn({ service: options.service, cause: closing.message }, 'a failed start could not be cleaned up'),
      );
    throw error;
  }
  const port = (app.getHttpServer().address() as AddressInfo).port;
  log.info({ service: options.service, port, mode: options.config.HUIDIAN_MODE }, 'service listens');
  return {
    name: options.service,
    port,
    async close() {
      app.get(Readiness).stop();
      await app.close();
      log.info({ service: options.service }, 'service stopped');
    },
  };
}
