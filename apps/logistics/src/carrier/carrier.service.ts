import { AppError, Audit, inTransaction, type Caller, type Tx } from '@app/shared';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { CarrierBody } from './carrier.dto';
import { CarrierRepository } from './carrier.repository';
import { mergedCarriers, type Carrier } from './carrier.rules';

/** The carriers of a company, and which one takes a parcel. */
@Injectable()
export class CarrierService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly carriers: CarrierRepository,
    private readonly audit: Audit,
  ) {}

  async list(caller: Caller): Promise<{ items: Carrier[]; nextCursor: null }> {
    const own = await inTransaction(this.dataSource, (tx) => this.carriers.own(tx, caller.companyId));
    return { items: mergedCarriers(own), nextCursor: null };
  }

  put(caller: Caller, code: string, body: CarrierBody): Promise<Carrier> {
    if (!/^[A-Za-z0-9_-]{1,64}$/.test(code)) {
      throw new AppError('VALIDATION', 'A carrier code has 1 to 64 letters, digits, _ or -.', {
        errors: [{ field: 'code', code: 'MATCHES', message: 'letters, digits, _ or -' }],
      });
    }
    const carrier = { code, name: body.name, isActive: body.isActive ?? true };
    return inTransaction(this.dataSource, async (tx) => {
      await this.carriers.store(tx, caller.companyId, carrier);
      await this.audit.record(tx, caller.companyId, {
        actor: caller.clientId,
        act: 'carrier.changed',
        subject: code,
        details: { ...carrier },
      });
      return carrier;
    });
  }

  /**
   * The carrier of a parcel: the clerk's word, else the fulfilment's, else the shop's default.
   * Throws CARRIER.MISSING when nobody names one, CARRIER.UNKNOWN for one that the company does not use.
   */
  async resolve(
    tx: Tx,
    companyId: string,
    fulfilment: { fulfilmentId: string; shopId: string; carrier: string | null },
    wished: string | undefined,
  ): Promise<string> {
    const named = wished || fulfilment.carrier;
    const { code, own } = named
      ? { code: named, own: await this.carriers.own(tx, companyId) }
      : await this.carriers.defaultOf(tx, companyId, fulfilment.shopId);
    if (!code) {
      throw new AppError(
        'CARRIER.MISSING',
        `Neither the call nor fulfilment ${fulfilment.fulfilmentId} nor shop ${fulfilment.shopId} names a carrier; give one in the call or set the shop’s default.`,
        { shopId: fulfilment.shopId },
      );
    }
    const known = mergedCarriers(own).find((carrier) => carrier.code === code);
    if (known?.isActive) return code;
    throw new AppError(
      'CARRIER.UNKNOWN',
      `Carrier ${code} is not one that this company uses; see GET /logistics/v1/carriers, or add it by PUT /logistics/v1/carriers/${code}.`,
      { carrier: code },
    );
  }
}
