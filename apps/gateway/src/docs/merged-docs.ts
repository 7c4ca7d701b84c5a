import { Inject, Injectable } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import {
  createLogger,
  describe,
  SERVICE_OPTIONS,
  SERVICES,
  serviceUrl,
  TokenVerifier,
  WIRE_CLOCK,
  AppError,
  type ServiceName,
  type ServiceOptions,
  type WireClock,
} from '@app/shared';
import axios from 'axios';
import type { FastifyInstance } from 'fastify';
import type { GatewayConfig } from '../gateway.config';
import { sendProblem } from '../proxy/service-proxy';
import { mergeDocs, type ServiceDocs } from './docs.rules';

const log = createLogger('docs');
const ASK_AGAIN_MS = 60_000;
/** A missing service may be back any moment. */
const ASK_AGAIN_WHEN_MISSING_MS = 3_000;
const ANSWER_WITHIN_MS = 3_000;

/** The documentation of all services on one page. */
@Injectable()
export class MergedDocs {
  private merged: Promise<OpenAPIObject> | undefined;
  private askAgainAt = 0;

  constructor(
    @Inject(SERVICE_OPTIONS) private readonly options: ServiceOptions<GatewayConfig>,
    @Inject(WIRE_CLOCK) private readonly wire: WireClock,
    private readonly verifier: TokenVerifier,
  ) {}

  /** Adds /docs, /docs-json and /docs-yaml. Outside of demo and test mode they need a token, of whatever scope. */
  addTo(app: NestFastifyApplication, fastify: FastifyInstance): void {
    if (this.options.config.HUIDIAN_MODE === 'production') this.close(fastify);
    let own: OpenAPIObject | undefined;
    const describeOwn = () => (own ??= describe(app, this.options));
    SwaggerModule.setup('docs', app, describeOwn, {
      jsonDocumentUrl: 'docs-json',
      useGlobalPrefix: false,
      customSiteTitle: 'Huidian API',
      // Typed as synchronous, awaited all the same.
      patchDocumentOnRequest: (() => this.document(describeOwn())) as never,
    });
  }

  /** The merged document; services are asked again when the last answers are old. */
  async document(own: OpenAPIObject): Promise<OpenAPIObject> {
    if (!this.merged || this.wire.now() > this.askAgainAt) {
      this.askAgainAt = this.wire.now() + ASK_AGAIN_WHEN_MISSING_MS;
      this.merged = this.collect(own);
    }
    return this.merged;
  }

  private async collect(own: OpenAPIObject): Promise<OpenAPIObject> {
    const names = (Object.keys(SERVICES) as ServiceName[]).filter((service) => service !== 'gateway');
    const found = await Promise.all(names.map((service) => this.fetch(service)));
    if (found.every(({ document }) => document)) this.askAgainAt = this.wire.now() + ASK_AGAIN_MS;
    return mergeDocs(own, found);
  }

  private async fetch(service: ServiceName): Promise<ServiceDocs> {
    try {
      const { data } = await axios.get<OpenAPIObject>(`${serviceUrl(this.options.config, service)}/docs-json`, {
        timeout: ANSWER_WITHIN_MS,
      });
      return { service, document: data };
    } catch (error) {
      log.info({ service, cause: String((error as Error).message) }, 'documentation of a service is missing');
      return { service, document: undefined };
    }
  }

  private close(fastify: FastifyInstance): void {
    fastify.addHook('onRequest', async (request, reply) => {
      if (!/^\/docs([-/?]|$)/.test(request.url)) return;
      const token = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
      try {
        if (!token)
          throw new AppError(
            'AUTH.MISSING_TOKEN',
            'In production the documentation needs a token: get one from POST /auth/token.',
          );
        await this.verifier.verify(token);
      } catch (error) {
        sendProblem(reply, error, { 'www-authenticate': 'Bearer' });
        return reply;
      }
    });
  }
}
