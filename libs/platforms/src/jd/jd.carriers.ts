import { PlatformError } from '../port';

/**
 * Our carrier code → JD's id for ship notices (JD sheet §9.2). J&T is not found there; it and others are added by
 * JD_CARRIERS. OTHER is the merchant's own delivery, whose number JD does not keep.
 */
export const JD_CARRIERS: Readonly<Record<string, string>> = {
  SF: '467',
  ZTO: '1499',
  YTO: '463',
  STO: '470',
  YUNDA: '1327',
  EMS: '465',
  JD: '2087',
  DEPPON: '3046',
  OTHER: '1274',
};

/** providerCode of labels where it differs from our code; UNCONFIRMED in JD sheet §9.2. */
const PROVIDERS: Readonly<Record<string, string>> = { DEPPON: 'DBKD' };

interface CarrierIds {
  shipmentId?: string;
  providerCode: string;
}

/** The table with what the installation adds to it. */
export class JdCarriers {
  private readonly ids = new Map<string, CarrierIds>();

  constructor(added: string) {
    for (const [code, shipmentId] of Object.entries(JD_CARRIERS))
      this.ids.set(code, { shipmentId, providerCode: PROVIDERS[code] ?? code });
    for (const entry of added.split(',')) {
      const match = /^\s*([\w-]+)=(\d*)(?:\/([\w-]+))?\s*$/.exec(entry);
      if (!match) continue;
      const [, code = '', shipmentId, providerCode] = match;
      this.ids.set(code, { ...(shipmentId && { shipmentId }), providerCode: providerCode ?? code });
    }
  }

  /** JD's id for a ship notice. An unknown carrier stops the notice: ids are numbers of JD alone (JD sheet §13 pitfall 22). */
  shipmentId(carrier: string): string {
    const id = this.ids.get(carrier)?.shipmentId ?? (/^\d+$/.test(carrier) ? carrier : undefined);
    if (id !== undefined) return id;
    throw new PlatformError(
      'rejected',
      `JD has no known id for carrier ${carrier}; look it up in the shop's carrier list and add it to JD_CARRIERS, e.g. ${carrier}=1234.`,
      { platform: 'jd', method: 'jingdong.pop.order.shipment', reason: 'configuration' },
    );
  }

  /** JD's code for labels; a code without an entry is taken for JD's own. */
  providerCode(carrier: string): string {
    return this.ids.get(carrier)?.providerCode ?? carrier;
  }

  /** Our code of an id or of a provider code; unchanged when it is not known. */
  ours(theirs: string): string {
    for (const [code, ids] of this.ids) if (ids.shipmentId === theirs || ids.providerCode === theirs) return code;
    return theirs;
  }
}
