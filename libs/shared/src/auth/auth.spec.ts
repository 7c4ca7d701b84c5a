import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ExecutionContext } from '@nestjs/common';
import type { Reflector } from '@nestjs/core';
import type { Redis } from 'ioredis';
import { ServiceConfig } from '../config/service.config';
import { httpStatusOf } from '../errors/http-status';
import { ServiceHttp } from '../http/service-http';
import type { ServiceOptions } from '../service-options';
import { AuthGuard } from './auth.guard';
import type { Caller } from './caller';
import { TokenVerifier } from './token.verifier';

/** An address at which nothing listens. */
async function deadAddress(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}`;
}

async function optionsAt(gatewayUrl: string): Promise<ServiceOptions> {
  const config = Object.assign(new ServiceConfig(), {
    GATEWAY_URL: gatewayUrl,
    SERVICE_CLIENT_SECRET: 'service-secret-for-tests',
    REDIS_PREFIX: 'test',
  });
  return { service: 'orders', config, port: 0, facts: [], title: '', description: '' };
}

const noCache = { get: () => Promise.resolve(null) } as unknown as Redis;

describe('proving who calls', () => {
  const request = (headers: Record<string, string>) => {
    const incoming: { headers: Record<string, string>; caller?: Caller } = {
      headers: { authorization: 'Bearer token', ...headers },
    };
    const context = {
      getHandler: () => undefined,
      getClass: () => undefined,
      switchToHttp: () => ({ getRequest: () => incoming }),
    } as unknown as ExecutionContext;
    return { incoming, context };
  };
  const noMetadata = { getAllAndOverride: () => undefined } as unknown as Reflector;
  const service = { client_id: 'svc-sync', company: '*', scope: 'orders:intake', kind: 'service' as const };
  const guard = new AuthGuard(noMetadata, { verify: () => Promise.resolve(service) } as unknown as TokenVerifier);

  it('[P1] a service client must name the company that it acts for', async () => {
    await expect(guard.canActivate(request({}).context)).rejects.toMatchObject({ code: 'AUTH.COMPANY' });
    const { incoming, context } = request({ 'x-huidian-company': 'cmp_1' });
    await guard.canActivate(context);
    expect(incoming.caller).toMatchObject({ companyId: 'cmp_1', isService: true });
  });

  it('[P1] a token that cannot be proven yet is a matter of time (503), never of the caller', async () => {
    const verifier = new TokenVerifier(await optionsAt(await deadAddress()), noCache);
    await expect(verifier.verify('a.b.c')).rejects.toMatchObject({ code: 'AUTH.KEYS_UNAVAILABLE' });
    expect(httpStatusOf('AUTH.KEYS_UNAVAILABLE')).toBe(503);
  });

  it('[P1] a service that gets no token of its own says so by 503, and calls nobody', async () => {
    const http = new ServiceHttp(await optionsAt(await deadAddress()));
    await expect(http.get('http://127.0.0.1:9/x', { companyId: 'cmp_1' })).rejects.toMatchObject({
      code: 'GATEWAY.UNAVAILABLE',
    });
    expect(httpStatusOf('GATEWAY.UNAVAILABLE')).toBe(503);
  });
});
