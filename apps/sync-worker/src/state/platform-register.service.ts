import { Injectable } from '@nestjs/common';
import { PlatformRegistry, type Platform } from '@app/platforms';
import type { PlatformDto, PlatformsAnswer } from './platform-register.dto';

/** What the folders of the platforms say about themselves. Holds no secrets: those are of shops, never of a folder. */
@Injectable()
export class PlatformRegisterService {
  constructor(private readonly registry: PlatformRegistry) {}

  list(): PlatformsAnswer {
    return { items: this.registry.all().map(toDto) };
  }
}

function toDto({ code, manifest, config, windows }: Platform): PlatformDto {
  return {
    code,
    name: manifest.name,
    portVersion: manifest.portVersion,
    api: manifest.api ?? null,
    capabilities: manifest.capabilities,
    limits: manifest.limits,
    windows,
    assumptions: manifest.configKeys.map(({ env, name, doc, default: byDefault }) => {
      const value = String(config[name] ?? byDefault);
      return { env, meaning: doc, value, default: byDefault, isChanged: value !== byDefault };
    }),
  };
}
