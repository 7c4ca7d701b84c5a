import { createParamDecorator, SetMetadata, type ExecutionContext } from '@nestjs/common';
import { AppError } from '../errors/app-error';

/** Who calls: taken from a verified token. */
export interface Caller {
  clientId: string;
  /** For service clients: the company named by the header x-huidian-company. */
  companyId: string;
  scopes: ReadonlySet<string>;
  isService: boolean;
  /** Ids of the only shops the caller may see and touch; null = all. */
  shops: readonly string[] | null;
  /** Codes of the only warehouses the caller may see and touch; null = all. */
  warehouses: readonly string[] | null;
}

/** Header in which a service client names the company it acts for. */
export const COMPANY_HEADER = 'x-huidian-company';

/** Member of the Fastify request that holds the caller. */
export interface RequestWithCaller {
  caller?: Caller;
}

/** Parameter decorator: the verified caller. */
export const FromCaller = createParamDecorator((_: unknown, context: ExecutionContext): Caller => {
  const caller = context.switchToHttp().getRequest<RequestWithCaller>().caller;
  if (!caller) throw new AppError('AUTH.MISSING_TOKEN', 'This call needs a bearer token.');
  return caller;
});

export const SCOPES_KEY = 'huidian:scopes';
export const OPEN_KEY = 'huidian:open';
export const SERVICE_ONLY_KEY = 'huidian:service-only';

/** The scopes that a call needs, all of them. */
export const Scopes = (...scopes: string[]) => SetMetadata(SCOPES_KEY, scopes);

/** A call without a token: health, metrics, tokens, keys, platform messages, the authorisation callback. */
export const Open = () => SetMetadata(OPEN_KEY, true);

/** A call for service clients alone. */
export const ServiceOnly = () => SetMetadata(SERVICE_ONLY_KEY, true);

/** Throws NOT_FOUND unless the caller may see the shop: what is outside of its limits does not exist for it. */
export function assertShop(caller: Caller, shopId: string): void {
  if (caller.shops && !caller.shops.includes(shopId))
    throw new AppError('SHOP.NOT_FOUND', `There is no shop ${shopId}.`);
}

/** Throws NOT_FOUND unless the caller may see the warehouse. */
export function assertWarehouse(caller: Caller, warehouse: string): void {
  if (caller.warehouses && !caller.warehouses.includes(warehouse))
    throw new AppError('WAREHOUSE.NOT_FOUND', `There is no warehouse ${warehouse}.`);
}
