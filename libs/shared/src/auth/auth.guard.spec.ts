import type { ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { AuthGuard } from './auth.guard';
import { COMPANY_HEADER, Open, Scopes, ServiceOnly, type RequestWithCaller } from './caller';
import type { TokenClaims, TokenVerifier } from './token.verifier';

class Calls {
  @Scopes('orders:read', 'pii:read')
  receiver(): void {}

  @ServiceOnly()
  acknowledge(): void {}

  @Open()
  health(): void {}

  plain(): void {}
}

const CLIENT = { client_id: 'erp', company: 'cmp_a', kind: 'client', scope: 'orders:read pii:read' };

describe('the guard of calls', () => {
  const ask = async (call: keyof Calls, claims: object = {}, headers: Record<string, string> = {}) => {
    const request: RequestWithCaller = {};
    const verifier = { verify: () => Promise.resolve({ ...CLIENT, ...claims } as unknown as TokenClaims) };
    const context = {
      getHandler: () => Calls.prototype[call],
      getClass: () => Calls,
      switchToHttp: () => ({ getRequest: () => Object.assign(request, { headers }) }),
    } as unknown as ExecutionContext;
    const guard = new AuthGuard(new Reflector(), verifier as unknown as TokenVerifier);
    return guard.canActivate(context).then(
      () => request.caller?.companyId ?? 'nobody',
      (error: { code: string; message: string }) => `${error.code}: ${error.message}`,
    );
  };
  const bearer = { authorization: 'Bearer token' };

  it('wants every scope that a call names, and says which one is missing', async () => {
    expect(await ask('receiver', {}, bearer)).toBe('cmp_a');
    const refused = await ask('receiver', { scope: 'orders:read' }, bearer);
    expect(refused).toContain('AUTH.SCOPE: This call needs the scope pii:read,');
  });

  it('wants a token for everything that is not open', async () => {
    expect(await ask('plain')).toContain('AUTH.MISSING_TOKEN');
    expect(await ask('health')).toBe('nobody');
  });

  it('keeps clients out of what is for services, and asks a service for its company', async () => {
    expect(await ask('acknowledge', {}, bearer)).toContain('AUTH.SCOPE');
    const service = { kind: 'service', company: '*' };
    expect(await ask('acknowledge', service, bearer)).toContain('AUTH.COMPANY');
    expect(await ask('acknowledge', service, { ...bearer, [COMPANY_HEADER]: 'cmp_b' })).toBe('cmp_b');
  });

  it('takes the company of a client from its token, whatever its headers say', async () => {
    expect(await ask('plain', {}, { ...bearer, [COMPANY_HEADER]: 'cmp_b' })).toBe('cmp_a');
  });
});
