import { AppError } from '@app/shared';
import { assertClientScopes, DEMO_CLIENTS, serviceClients } from './client.rules';
import { hashSecret, isOldHash, isSecret, newSecret } from './secret.rules';

describe('clients that come with the installation', () => {
  it('[A1] gives the demo client neither personal data nor identity nor what is for services', () => {
    const demo = DEMO_CLIENTS.find(({ clientId }) => clientId === 'demo')!;
    expect(demo.scopes).toEqual(expect.arrayContaining(['orders:read', 'orders:write', 'sync:write', 'verify:read']));
    for (const scope of ['pii:read', 'identity:admin', 'facts:ack', 'platform:call'])
      expect(demo.scopes).not.toContain(scope);
  });

  it('[A1] gives the demo warehouse what a clerk needs and nothing of shops or money', () => {
    const warehouse = DEMO_CLIENTS.find(({ clientId }) => clientId === 'demo-warehouse')!;
    expect(warehouse.scopes).toEqual([
      'logistics:read',
      'logistics:write',
      'inventory:read',
      'inventory:write',
      'orders:read',
    ]);
  });

  it('[A1] has one client per service under the company *', () => {
    expect(
      serviceClients()
        .map(({ clientId }) => clientId)
        .sort(),
    ).toEqual([
      'svc-catalog',
      'svc-gateway',
      'svc-inventory',
      'svc-logistics',
      'svc-orders',
      'svc-settlement',
      'svc-sync',
    ]);
    expect(new Set(serviceClients().map(({ companyId, kind }) => `${kind} ${companyId}`))).toEqual(
      new Set(['service *']),
    );
  });

  it('[A1] refuses scopes of services and unknown ones, naming each', () => {
    expect(() => assertClientScopes(['orders:read'])).not.toThrow();
    let error: unknown;
    try {
      assertClientScopes(['orders:read', 'facts:ack', 'nonsense']);
    } catch (caught) {
      error = caught;
    }
    expect(error).toBeInstanceOf(AppError);
    expect((error as AppError).details.errors?.map(({ field }) => field)).toEqual(['scopes[1]', 'scopes[2]']);
  });
});

describe('client secrets', () => {
  it('are kept as argon2id hashes with salts of their own', async () => {
    const secret = newSecret();
    const [one, two] = [await hashSecret(secret), await hashSecret(secret)];
    expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,[tp]=[12],[tp]=[12]\$/);
    expect(one).not.toBe(two);
    expect(isOldHash(one)).toBe(false);
    expect(isOldHash(one.replace('m=19456', 'm=4096'))).toBe(true);
    expect([await isSecret(one, secret), await isSecret(one, `${secret}x`)]).toEqual([true, false]);
  });
});
