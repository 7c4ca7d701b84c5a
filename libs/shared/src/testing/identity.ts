import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { systemWireClock } from '../time/wire-clock';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';

/** What a test token may say. */
export interface TestTokenClaims {
  companyId?: string;
  clientId?: string;
  scopes: readonly string[];
  shops?: string[];
  warehouses?: string[];
  kind?: 'client' | 'service';
  /** Seconds; negative makes an expired token. Default 600. */
  lifetime?: number;
}

/** An identity provider for tests of one service: keys, tokens, and tokens for service clients. */
export interface TestIdentity {
  /** Use as GATEWAY_URL. */
  url: string;
  token(claims: TestTokenClaims): Promise<string>;
  close(): Promise<void>;
}

/** The scopes that a service client gets from the test identity: all. */
const SERVICE_SCOPES = [
  'facts:ack',
  'pii:read',
  'platform:call',
  'orders:intake',
  'orders:read',
  'fulfilments:depart',
  'catalog:write',
  'inventory:read',
  'sync:read',
];

/** Starts an identity provider on a free local port. */
export async function startTestIdentity(): Promise<TestIdentity> {
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  const jwk = { ...(await exportJWK(publicKey)), kid: 'test', alg: 'ES256', use: 'sig' };
  const token = async (claims: TestTokenClaims) => {
    const now = Math.floor(systemWireClock.now() / 1_000);
    return new SignJWT({
      client_id: claims.clientId ?? 'test-client',
      company: claims.companyId ?? 'cmp_test',
      scope: claims.scopes.join(' '),
      kind: claims.kind ?? 'client',
      ...(claims.shops ? { shops: claims.shops } : {}),
      ...(claims.warehouses ? { warehouses: claims.warehouses } : {}),
    })
      .setProtectedHeader({ alg: 'ES256', kid: 'test' })
      .setIssuer('huidian')
      .setIssuedAt(now)
      .setExpirationTime(now + (claims.lifetime ?? 600))
      .sign(privateKey);
  };
  const server = createServer((request, response) => {
    response.setHeader('content-type', 'application/json');
    if (request.url === '/auth/jwks') return void response.end(JSON.stringify({ keys: [jwk] }));
    let body = '';
    request.on('data', (part: Buffer) => (body += part.toString()));
    request.on('end', () => {
      const clientId = new URLSearchParams(body).get('client_id') ?? 'svc-unknown';
      void token({ clientId, scopes: SERVICE_SCOPES, kind: 'service', companyId: '*' }).then((value) =>
        response.end(
          JSON.stringify({
            access_token: value,
            token_type: 'Bearer',
            expires_in: 600,
            scope: SERVICE_SCOPES.join(' '),
          }),
        ),
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    token,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
