import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { createLogger, inTransaction, SERVICE_CONFIG, WIRE_CLOCK, type WireClock } from '@app/shared';
import { DataSource } from 'typeorm';
import type { GatewayConfig } from '../gateway.config';
import { ClientRepository, type ClientRow } from './client.repository';
import { DEMO_CLIENTS, DEMO_COMPANY, serviceClients, type PresetClient } from './client.rules';
import { hashSecret, isOldHash, isSecret } from './secret.rules';

const log = createLogger('clients');

function isSameSet(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((value) => b.includes(value));
}

/** Registers at start the clients that come with the installation: the services', and in demo mode the demo's. */
@Injectable()
export class PresetClients implements OnModuleInit {
  constructor(
    private readonly dataSource: DataSource,
    private readonly clients: ClientRepository,
    @Inject(SERVICE_CONFIG) private readonly config: GatewayConfig,
    @Inject(WIRE_CLOCK) private readonly wire: WireClock,
  ) {}

  async onModuleInit(): Promise<void> {
    await this.registerServices();
    if (this.config.HUIDIAN_MODE === 'demo') await this.registerDemo();
    else await this.disableDemo();
  }

  /** One secret serves all services, so one hash does too: hashing seven times would slow every start. */
  private async registerServices(): Promise<void> {
    let secretHash: string | undefined;
    const checked = new Map<string, boolean>();
    for (const preset of serviceClients()) {
      const known = await this.find(preset);
      if (known && !checked.has(known.secretHash))
        checked.set(known.secretHash, await this.isCurrent(known, this.config.SERVICE_CLIENT_SECRET));
      if (known && checked.get(known.secretHash) && this.isAsWanted(known, preset)) continue;
      secretHash ??= await hashSecret(this.config.SERVICE_CLIENT_SECRET);
      await this.put(preset, secretHash);
    }
  }

  private async registerDemo(): Promise<void> {
    await inTransaction(this.dataSource, (tx) =>
      this.clients.addCompany(tx, DEMO_COMPANY, 'Demo company', this.wire.date()),
    );
    for (const { secret, ...preset } of DEMO_CLIENTS) {
      const known = await this.find(preset);
      if (known && this.isAsWanted(known, preset) && (await this.isCurrent(known, secret))) continue;
      await this.put(preset, await hashSecret(secret));
    }
  }

  /** Data made in demo mode may be started in production mode: the well-known secrets must not open it. */
  private async disableDemo(): Promise<void> {
    await inTransaction(this.dataSource, async (tx) => {
      for (const { companyId, clientId } of DEMO_CLIENTS)
        await this.clients.disable(tx, companyId, clientId, this.wire.date());
    });
  }

  private find({ companyId, clientId }: PresetClient): Promise<ClientRow | undefined> {
    return inTransaction(this.dataSource, (tx) => this.clients.find(tx, companyId, clientId));
  }

  private async isCurrent(known: ClientRow, secret: string): Promise<boolean> {
    return !isOldHash(known.secretHash) && (await isSecret(known.secretHash, secret));
  }

  private isAsWanted(known: ClientRow, preset: PresetClient): boolean {
    return known.disabledAt === null && isSameSet(known.scopes, preset.scopes);
  }

  private async put(preset: PresetClient, secretHash: string): Promise<void> {
    await inTransaction(this.dataSource, (tx) =>
      this.clients.put(tx, { ...preset, secretHash, shops: null, warehouses: null, createdAt: this.wire.date() }),
    );
    log.info({ client: preset.clientId }, 'client registered');
  }
}
