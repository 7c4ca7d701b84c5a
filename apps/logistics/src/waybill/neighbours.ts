import type {
  CanonicalReceiver,
  DepartureAnswer,
  FulfilmentReceiverAnswer,
  OrderStateAnswer,
  WaybillAnswer,
  WaybillCancelRequest,
  WaybillRequest,
} from '@app/contracts';
import { AppError, httpStatusOf, ServiceHttp } from '@app/shared';
import { Injectable } from '@nestjs/common';

/** Orders' word on a departure. */
export type Departure =
  { granted: true; departedAt: Date } | { granted: false; code: string; reason: string; holds: unknown };

/** What orders says of a receiver. */
export interface ReceiverAnswer {
  revision: number;
  receiver: CanonicalReceiver;
}

/** A label leaves the platform slowly at times; the clerk waits this long at most. */
const WAYBILL_TIMEOUT_MS = 15_000;

/** Refusals that pass: a route that is not there yet, and a number that another call is asking for at this moment. */
const PASSING = new Set(['NOT_FOUND', 'WAYBILL.IN_PROGRESS']);

/** True for answers that refuse by rule; anything else is trouble, and the same call may be made again. */
function isRefusal(error: unknown): error is AppError {
  return error instanceof AppError && [404, 409].includes(httpStatusOf(error.code)) && !PASSING.has(error.code);
}

function unavailable(error: unknown, what: string): AppError {
  if (!(error instanceof AppError)) throw error;
  return new AppError(
    'SERVICE.UNAVAILABLE',
    `${what} could not be asked: ${error.message} Nothing is lost; try again.`,
    { cause: error.code },
    { cause: error },
  );
}

/** The reason alone, where the refusal names it beside its advice. */
function wordsOf(error: AppError): string {
  const { reason } = error.details;
  return typeof reason === 'string' && reason !== '' ? reason : error.message;
}

/** The questions that logistics asks other services; each is one hop and may be repeated. */
@Injectable()
export class Neighbours {
  constructor(private readonly http: ServiceHttp) {}

  /** Reads the receiver. Throws FULFILMENT.NOT_FOUND, FULFILMENT.STOPPED or SERVICE.UNAVAILABLE. */
  async receiver(companyId: string, fulfilmentId: string): Promise<ReceiverAnswer> {
    try {
      const url = this.http.at('orders', `/v1/fulfilments/${encodeURIComponent(fulfilmentId)}/receiver`);
      return await this.http.get<FulfilmentReceiverAnswer>(url, { companyId });
    } catch (error) {
      if (!isRefusal(error)) throw unavailable(error, `Orders (receiver of ${fulfilmentId})`);
      if (httpStatusOf(error.code) === 404) throw error;
      throw new AppError(
        'FULFILMENT.STOPPED',
        error.message,
        { ...error.details, cause: error.code },
        { cause: error },
      );
    }
  }

  /** Throws FULFILMENT.STOPPED when the platform forbids to ship one of the orders, with its reason. */
  async assertMayShip(
    companyId: string,
    fulfilmentId: string,
    shopId: string,
    platformOrderNos: readonly string[],
  ): Promise<void> {
    await Promise.all(
      platformOrderNos.map(async (platformOrderNo) => {
        const answer = await this.http
          .post<OrderStateAnswer>(
            this.http.at('sync', '/v1/orders/state'),
            { shopId, platformOrderNo },
            { companyId, timeoutMs: WAYBILL_TIMEOUT_MS },
          )
          .catch((error: unknown) => {
            throw isRefusal(error)
              ? new AppError('FULFILMENT.STOPPED', error.message, { cause: error.code }, { cause: error })
              : unavailable(error, `The platform (state of ${platformOrderNo})`);
          });
        if (answer.mayShip) return;
        throw new AppError(
          'FULFILMENT.STOPPED',
          `Order ${platformOrderNo} of fulfilment ${fulfilmentId} must not ship: ${answer.reason || answer.platformState}. Leave its goods on the shelf.`,
          {
            reason: answer.reason,
            platformOrderNo,
            platformState: answer.platformState,
          },
        );
      }),
    );
  }

  /** Takes a waybill; a repeat with the same parcel gives the same number. Throws WAYBILL.REFUSED with the platform's words, or SERVICE.UNAVAILABLE. */
  async waybill(companyId: string, request: WaybillRequest): Promise<WaybillAnswer> {
    try {
      return await this.http.post<WaybillAnswer>(this.http.at('sync', '/v1/waybills'), request, {
        companyId,
        timeoutMs: WAYBILL_TIMEOUT_MS,
      });
    } catch (error) {
      if (!isRefusal(error)) throw unavailable(error, `The platform (waybill for parcel ${request.parcelId})`);
      throw new AppError(
        'WAYBILL.REFUSED',
        `No waybill of ${request.carrier} for parcel ${request.parcelId}: ${error.message}`,
        { ...error.details, cause: error.code },
        { cause: error },
      );
    }
  }

  /** Gives a number back; false with the reason when the carrier refuses. Throws SERVICE.UNAVAILABLE. */
  async cancelWaybill(
    companyId: string,
    request: WaybillCancelRequest,
  ): Promise<{ cancelled: boolean; cause: string }> {
    try {
      const answer = await this.http.post<{ cancelled: boolean; reason?: string }>(
        this.http.at('sync', '/v1/waybills/cancel'),
        request,
        { companyId, timeoutMs: WAYBILL_TIMEOUT_MS },
      );
      return { cancelled: answer.cancelled, cause: answer.reason ?? '' };
    } catch (error) {
      if (!isRefusal(error))
        throw unavailable(error, `The platform (giving back the waybill of parcel ${request.parcelId})`);
      return { cancelled: false, cause: error.message };
    }
  }

  /** Asks the one arbiter whether a parcel may leave; idempotent per parcel and revision. Throws SERVICE.UNAVAILABLE. */
  async departure(companyId: string, fulfilmentId: string, parcelId: string, revision: number): Promise<Departure> {
    try {
      const url = this.http.at('orders', `/v1/fulfilments/${encodeURIComponent(fulfilmentId)}/departure`);
      const answer = await this.http.post<DepartureAnswer>(url, { parcelId, revision }, { companyId });
      return { granted: true, departedAt: new Date(answer.departedAt) };
    } catch (error) {
      if (!isRefusal(error)) throw unavailable(error, `Orders (departure of parcel ${parcelId})`);
      return { granted: false, code: error.code, reason: wordsOf(error), holds: error.details.holds ?? [] };
    }
  }
}
