import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import {
  inTransaction,
  newId,
  parseSealKeys,
  seal,
  SERVICE_CONFIG,
  unseal,
  WIRE_CLOCK,
  type WireClock,
} from '@app/shared';
import { exportJWK, exportPKCS8, generateKeyPair, importPKCS8, SignJWT, type JWTPayload } from 'jose';
import { DataSource } from 'typeorm';
import { masterKeyText, type GatewayConfig } from '../gateway.config';
import { SigningKeyRepository, type SigningKeyRow } from './signing-key.repository';
import { outlivedKeys, PUBLISH_BEFORE_MS, signingKeyOf } from './signing-key.rules';

/** How long read keys are used before they are read again; well below the time a new key is published before it signs. */
const READ_AGAIN_MS = 5_000;

/** A public key as it stands in the key set. */
export type PublicJwk = Record<string, unknown>;

/** Signs tokens and publishes the keys that prove them. */
@Injectable()
export class SigningKeys implements OnModuleInit {
  private keys: SigningKeyRow[] = [];
  private readAtMs = 0;
  private readonly opened = new Map<string, Awaited<ReturnType<typeof importPKCS8>>>();

  constructor(
    private readonly dataSource: DataSource,
    private readonly repository: SigningKeyRepository,
    @Inject(SERVICE_CONFIG)
    private readonly config: Pick<GatewayConfig, 'AUTH_ISSUER' | 'SECRETS_MASTER_KEY' | 'SECRETS_MASTER_KEYS'>,
    @Inject(WIRE_CLOCK) private readonly wire: WireClock,
  ) {}

  /** Makes the first key of an installation, and fails the start when the stored ones cannot be opened. */
  async onModuleInit(): Promise<void> {
    await inTransaction(this.dataSource, async (tx) => {
      await this.repository.lock(tx);
      if ((await this.repository.list(tx)).length === 0)
        await this.repository.add(tx, await this.make(this.wire.date()));
    });
    const key = signingKeyOf(await this.read(), this.wire.now());
    if (key) await this.privateKeyOf(key);
  }

  /** The public keys, also of keys that signed tokens still valid. */
  async publicKeys(): Promise<{ keys: PublicJwk[] }> {
    return { keys: (await this.read()).map(({ publicJwk }) => JSON.parse(publicJwk) as PublicJwk) };
  }

  /** A signed token with these claims, valid for the given seconds. */
  async sign(claims: JWTPayload, seconds: number): Promise<string> {
    const key = signingKeyOf(await this.read(), this.wire.now())!;
    const now = Math.floor(this.wire.now() / 1_000);
    return new SignJWT(claims)
      .setProtectedHeader({ alg: 'ES256', kid: key.kid, typ: 'JWT' })
      .setIssuer(this.config.AUTH_ISSUER)
      .setJti(newId('tok'))
      .setIssuedAt(now)
      .setExpirationTime(now + seconds)
      .sign(await this.privateKeyOf(key));
  }

  /** Adds a key that signs after a minute, and removes keys that no valid token names any more. */
  async rotate(): Promise<{ kid: string; signsFrom: Date; removed: string[] }> {
    const made = await this.make(new Date(this.wire.now() + PUBLISH_BEFORE_MS));
    const removed = await inTransaction(this.dataSource, async (tx) => {
      await this.repository.lock(tx);
      const old = outlivedKeys(await this.repository.list(tx), this.wire.now()).map(({ kid }) => kid);
      await this.repository.remove(tx, old);
      await this.repository.add(tx, made);
      return old;
    });
    this.readAtMs = 0;
    return { kid: made.kid, signsFrom: made.signsFrom, removed };
  }

  private async read(): Promise<SigningKeyRow[]> {
    if (this.wire.now() - this.readAtMs < READ_AGAIN_MS) return this.keys;
    this.keys = await inTransaction(this.dataSource, (tx) => this.repository.list(tx));
    this.readAtMs = this.wire.now();
    return this.keys;
  }

  private async make(signsFrom: Date): Promise<SigningKeyRow> {
    const kid = newId('key');
    const pair = await generateKeyPair('ES256', { extractable: true });
    const publicJwk = { ...(await exportJWK(pair.publicKey)), kid, alg: 'ES256', use: 'sig' };
    const sealedPrivateKey = seal(
      await exportPKCS8(pair.privateKey),
      parseSealKeys(masterKeyText(this.config)),
      `signing-key:${kid}`,
    );
    return { kid, publicJwk: JSON.stringify(publicJwk), sealedPrivateKey, createdAt: this.wire.date(), signsFrom };
  }

  private async privateKeyOf(key: SigningKeyRow): Promise<Awaited<ReturnType<typeof importPKCS8>>> {
    const known = this.opened.get(key.kid);
    if (known) return known;
    const pem = unseal(key.sealedPrivateKey, parseSealKeys(masterKeyText(this.config)), `signing-key:${key.kid}`);
    const opened = await importPKCS8(pem, 'ES256');
    this.opened.set(key.kid, opened);
    return opened;
  }
}
