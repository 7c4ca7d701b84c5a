import { Injectable, type OnModuleInit } from '@nestjs/common';
import { inTransaction } from '@app/shared';
import { DataSource } from 'typeorm';
import { ClientRepository, type ClientRow } from '../client/client.repository';
import { hashSecret, isSecret, newSecret } from '../client/secret.rules';
import { CLIENT_TOKEN_SECONDS, SERVICE_TOKEN_SECONDS } from '../signing-key/signing-key.rules';
import { SigningKeys } from '../signing-key/signing-keys.service';
import type { TokenAnswer } from './token.dto';
import { grantedScopes, invalidClient, readTokenRequest } from './token.rules';

/** Gives tokens to clients that prove who they are. */
@Injectable()
export class TokenService implements OnModuleInit {
  private dummyHash = '';

  constructor(
    private readonly dataSource: DataSource,
    private readonly clients: ClientRepository,
    private readonly keys: SigningKeys,
  ) {}

  async onModuleInit(): Promise<void> {
    this.dummyHash = await hashSecret(newSecret());
  }

  /** Throws VALIDATION (form, grant type, scope) and AUTH.INVALID_CLIENT. */
  async grant(form: unknown, authorization: string | undefined): Promise<TokenAnswer> {
    const asked = readTokenRequest(form, authorization);
    const client = await this.prove(asked.clientId, asked.clientSecret);
    const scope = grantedScopes(asked.scopes, client.scopes).join(' ');
    const seconds = client.kind === 'service' ? SERVICE_TOKEN_SECONDS : CLIENT_TOKEN_SECONDS;
    const token = await this.keys.sign(
      {
        sub: client.clientId,
        client_id: client.clientId,
        company: client.companyId,
        kind: client.kind,
        scope,
        ...(client.shops ? { shops: client.shops } : {}),
        ...(client.warehouses ? { warehouses: client.warehouses } : {}),
      },
      seconds,
    );
    return { access_token: token, token_type: 'Bearer', expires_in: seconds, scope };
  }

  /** One hash is computed whatever the cause of a refusal, so that its time tells nobody which ids exist. */
  private async prove(clientId: string, secret: string): Promise<ClientRow> {
    const client = await inTransaction(this.dataSource, (tx) => this.clients.findForToken(tx, clientId));
    const isRight = await isSecret(client?.secretHash ?? this.dummyHash, secret);
    if (!client || !isRight || client.disabledAt) throw invalidClient();
    return client;
  }
}
