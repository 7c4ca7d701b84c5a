import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { AppError } from '../errors/app-error';
import { currentTrace } from '../logging/trace';
import { COMPANY_HEADER, OPEN_KEY, SCOPES_KEY, SERVICE_ONLY_KEY, type Caller, type RequestWithCaller } from './caller';
import { TokenVerifier, type TokenClaims } from './token.verifier';

interface IncomingRequest extends RequestWithCaller {
  headers: Record<string, string | string[] | undefined>;
}

/** Proves the token of every call that is not open, and the scopes that the call names. */
@Injectable()
export class AuthGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly verifier: TokenVerifier,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const targets = [context.getHandler(), context.getClass()];
    if (this.reflector.getAllAndOverride<boolean>(OPEN_KEY, targets)) return true;
    const request = context.switchToHttp().getRequest<IncomingRequest>();
    const header = request.headers.authorization;
    const token = typeof header === 'string' ? /^Bearer (\S+)$/i.exec(header)?.[1] : undefined;
    if (!token)
      throw new AppError(
        'AUTH.MISSING_TOKEN',
        'This call needs the header "Authorization: Bearer <token>"; get a token from POST /auth/token.',
      );
    const caller = this.callerOf(await this.verifier.verify(token), request);
    const needed = this.reflector.getAllAndOverride<string[] | undefined>(SCOPES_KEY, targets) ?? [];
    const missing = needed.filter((scope) => !caller.scopes.has(scope));
    if (missing.length > 0)
      throw new AppError(
        'AUTH.SCOPE',
        `This call needs the scope ${missing.join(' ')}, which client ${caller.clientId} does not have.`,
      );
    if (this.reflector.getAllAndOverride<boolean>(SERVICE_ONLY_KEY, targets) && !caller.isService) {
      throw new AppError('AUTH.SCOPE', 'This call is for the services of this installation alone.');
    }
    request.caller = caller;
    const trace = currentTrace();
    if (trace) trace.companyId = caller.companyId;
    return true;
  }

  private callerOf(claims: TokenClaims, request: IncomingRequest): Caller {
    const isService = claims.kind === 'service';
    const named = request.headers[COMPANY_HEADER];
    if (isService && typeof named !== 'string')
      throw new AppError('AUTH.COMPANY', `A service client must name the company in ${COMPANY_HEADER}.`);
    return {
      clientId: claims.client_id,
      companyId: isService ? String(named) : claims.company,
      scopes: new Set(claims.scope.split(' ').filter(Boolean)),
      isService,
      shops: claims.shops ?? null,
      warehouses: claims.warehouses ?? null,
    };
  }
}
