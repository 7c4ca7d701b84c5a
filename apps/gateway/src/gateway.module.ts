import { Module, type DynamicModule } from '@nestjs/common';
import { ServiceModule, type ServiceOptions } from '@app/shared';
import { AuditTrailController } from './audit-trail/audit-trail.controller';
import { AuditTrailRepository } from './audit-trail/audit-trail.repository';
import { AuditTrailService } from './audit-trail/audit-trail.service';
import { ClientRepository } from './client/client.repository';
import { ClientsController } from './client/clients.controller';
import { ClientsService } from './client/clients.service';
import { PresetClients } from './client/preset-clients';
import { MergedDocs } from './docs/merged-docs';
import { FrontPageController } from './front/front-page.controller';
import { FrontPageService } from './front/front-page.service';
import type { GatewayConfig } from './gateway.config';
import { RateLimitHook } from './rate-limit/rate-limit.hook';
import { RateLimiter } from './rate-limit/rate-limiter';
import { JwksController } from './signing-key/jwks.controller';
import { SigningKeyRepository } from './signing-key/signing-key.repository';
import { SigningKeys } from './signing-key/signing-keys.service';
import { TokenController } from './token/token.controller';
import { TokenService } from './token/token.service';

const IDENTITY = [
  ClientRepository,
  ClientsService,
  PresetClients,
  SigningKeyRepository,
  SigningKeys,
  TokenService,
  AuditTrailRepository,
  AuditTrailService,
];

/** One address for everything: tokens, clients, proxies, merged documentation. */
@Module({})
export class GatewayModule {
  static for(options: ServiceOptions<GatewayConfig>): DynamicModule {
    return {
      module: GatewayModule,
      imports: [ServiceModule.for(options)],
      controllers: [TokenController, JwksController, ClientsController, AuditTrailController, FrontPageController],
      providers: [...IDENTITY, RateLimiter, RateLimitHook, MergedDocs, FrontPageService],
    };
  }
}
