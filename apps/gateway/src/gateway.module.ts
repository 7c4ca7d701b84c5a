import { Module, type DynamicModule } from '@nestjs/common';
import { ServiceModule, type ServiceOptions } from '@app/shared';
import { ClientRepository } from './client/client.repository';
import { PresetClients } from './client/preset-clients';
import type { GatewayConfig } from './gateway.config';
import { JwksController } from './signing-key/jwks.controller';
import { SigningKeyRepository } from './signing-key/signing-key.repository';
import { SigningKeys } from './signing-key/signing-keys.service';
import { TokenController } from './token/token.controller';
import { TokenService } from './token/token.service';

/** One address for everything: tokens, clients, proxies, merged documentation. */
@Module({})
export class GatewayModule {
  static for(options: ServiceOptions<GatewayConfig>): DynamicModule {
    return {
      module: GatewayModule,
      imports: [ServiceModule.for(options)],
      controllers: [TokenController, JwksController],
      providers: [ClientRepository, PresetClients, SigningKeyRepository, SigningKeys, TokenService],
    };
  }
}
