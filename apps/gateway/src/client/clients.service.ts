import { Inject, Injectable } from '@nestjs/common';
import {
  AppError,
  Audit,
  inTransaction,
  newId,
  pageOf,
  readCursor,
  WIRE_CLOCK,
  type Caller,
  type Page,
  type Tx,
  type WireClock,
} from '@app/shared';
import { DataSource } from 'typeorm';
import { ClientRepository, type ClientRow } from './client.repository';
import { assertClientScopes, DEMO_CLIENTS } from './client.rules';
import {
  toClientAnswer,
  type ClientAnswer,
  type ClientsQuery,
  type ClientWithSecretAnswer,
  type CreateClientDto,
} from './clients.dto';
import { hashSecret, newSecret } from './secret.rules';

/** Who makes a client, and what they may hand on; null = everything (the operator's command line). */
export interface ClientMaker {
  companyId: string;
  actor: string;
  limits: Pick<Caller, 'scopes' | 'shops' | 'warehouses'> | null;
}

function outside(asked: readonly string[] | undefined, own: readonly string[] | null): string[] {
  if (!own) return [];
  return asked ? asked.filter((id) => !own.includes(id)) : ['(all)'];
}

/** Makes, lists, disables clients and changes their secrets, within one company. */
@Injectable()
export class ClientsService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly clients: ClientRepository,
    private readonly audit: Audit,
    @Inject(WIRE_CLOCK) private readonly wire: WireClock,
  ) {}

  /** Throws VALIDATION for unknown scopes, AUTH.SCOPE for rights that the maker does not have. */
  async create(maker: ClientMaker, asked: CreateClientDto): Promise<ClientWithSecretAnswer> {
    assertClientScopes(asked.scopes);
    this.assertWithin(maker, asked);
    const clientSecret = newSecret();
    const { name, scopes } = asked;
    const key = { companyId: maker.companyId, clientId: newId('cli') };
    const client = {
      ...key,
      name,
      kind: 'client' as const,
      secretHash: await hashSecret(clientSecret),
      scopes,
      shops: asked.shops ?? null,
      warehouses: asked.warehouses ?? null,
      createdAt: this.wire.date(),
    };
    await inTransaction(this.dataSource, async (tx) => {
      await this.clients.put(tx, client);
      const details = { name, scopes, shops: client.shops, warehouses: client.warehouses };
      await this.audit.record(tx, maker.companyId, {
        actor: maker.actor,
        act: 'client.created',
        subject: client.clientId,
        details,
      });
    });
    return { ...toClientAnswer({ ...client, disabledAt: null, version: 1 }), clientSecret };
  }

  async list(caller: Caller, query: ClientsQuery): Promise<Page<ClientAnswer>> {
    const [after = ''] = readCursor(query.cursor, 1) ?? [];
    const found = await inTransaction(this.dataSource, (tx) =>
      this.clients.list(tx, caller.companyId, String(after), query.limit + 1),
    );
    return pageOf(found, query.limit, ({ clientId }) => [clientId], toClientAnswer);
  }

  /** A disabled client gets no tokens any more; those it has end within 600 s. Throws CLIENT.NOT_FOUND. */
  disable(caller: Caller, clientId: string): Promise<ClientAnswer> {
    return inTransaction(this.dataSource, async (tx) => {
      const client = await this.locked(tx, caller.companyId, clientId);
      if (client.disabledAt) return toClientAnswer(client);
      const disabledAt = this.wire.date();
      await this.clients.disable(tx, caller.companyId, clientId, disabledAt);
      await this.audit.record(tx, caller.companyId, {
        actor: caller.clientId,
        act: 'client.disabled',
        subject: clientId,
      });
      return toClientAnswer({ ...client, disabledAt, version: client.version + 1 });
    });
  }

  /** The old secret ends at once. Throws CLIENT.NOT_FOUND, CLIENT.DISABLED, CLIENT.PRESET. */
  async rotateSecret(caller: Caller, clientId: string): Promise<ClientWithSecretAnswer> {
    if (DEMO_CLIENTS.some((preset) => preset.clientId === clientId)) {
      throw new AppError(
        'CLIENT.PRESET',
        `The secret of the demo client ${clientId} is fixed; make a client of your own.`,
      );
    }
    const clientSecret = newSecret();
    const secretHash = await hashSecret(clientSecret);
    return inTransaction(this.dataSource, async (tx) => {
      const client = await this.locked(tx, caller.companyId, clientId);
      if (client.disabledAt) throw new AppError('CLIENT.DISABLED', `Client ${clientId} is disabled; make a new one.`);
      await this.clients.setSecretHash(tx, caller.companyId, clientId, secretHash);
      await this.audit.record(tx, caller.companyId, {
        actor: caller.clientId,
        act: 'client.secret-rotated',
        subject: clientId,
      });
      return { ...toClientAnswer({ ...client, version: client.version + 1 }), clientSecret };
    });
  }

  private async locked(tx: Tx, companyId: string, clientId: string): Promise<ClientRow> {
    const client = await this.clients.lock(tx, companyId, clientId);
    if (!client) throw new AppError('CLIENT.NOT_FOUND', `There is no client ${clientId}.`);
    return client;
  }

  /** Nobody makes a client that may do more than they may themselves. */
  private assertWithin({ limits }: ClientMaker, asked: CreateClientDto): void {
    if (!limits) return;
    const beyond = [
      ...asked.scopes.filter((scope) => !limits.scopes.has(scope)).map((scope) => `scope ${scope}`),
      ...outside(asked.shops, limits.shops).map((shop) => `shop ${shop}`),
      ...outside(asked.warehouses, limits.warehouses).map((warehouse) => `warehouse ${warehouse}`),
    ];
    if (beyond.length > 0)
      throw new AppError(
        'AUTH.SCOPE',
        `You cannot give what you do not have: ${beyond.join(', ')}. Ask the operator to make this client by the command line.`,
      );
  }
}
