import { createLogger } from '@app/shared';
import { JsonObject, asText } from '../kit/answer.json';
import { PlatformError, isPlatformError } from '../port';
import { PinduoduoCaller, PinduoduoClient } from './pinduoduo.client';
import { PinduoduoConfig, entriesOf } from './pinduoduo.config';
import { listOf } from './pinduoduo.values';

/** A carrier as Pinduoduo names it: the code stands on labels, the id in ship notices. */
export interface Carrier {
  code: string;
  id: string;
}

/**
 * Our carrier code → Pinduoduo's (Pinduoduo sheet §9.5). The list there is of 2020; J&T's code is UNCONFIRMED, its id is
 * not. The platform's own list, read once a day, goes before this table.
 */
const TABLE: Readonly<Record<string, Carrier>> = {
  SF: { code: 'SF', id: '44' },
  ZTO: { code: 'ZTO', id: '115' },
  YTO: { code: 'YTO', id: '85' },
  STO: { code: 'STO', id: '1' },
  YUNDA: { code: 'YUNDA', id: '121' },
  EMS: { code: 'EMS', id: '118' },
  POST: { code: 'YZXB', id: '132' },
  DEPPON: { code: 'DB', id: '131' },
  JD: { code: 'JD', id: '120' },
  JT: { code: 'JTSD', id: '384' },
  ZJS: { code: 'ZJS', id: '129' },
  UC: { code: 'YS', id: '117' },
  TTKD: { code: 'TT', id: '119' },
  ANE: { code: 'ANKY', id: '345' },
  KYE: { code: 'KYE', id: '183' },
  OTHER: { code: 'SELF', id: '180' },
};

/** The table as the manifest shows it: our code → Pinduoduo's. */
export const PINDUODUO_CARRIERS: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(TABLE).map(([ours, { code }]) => [ours, code]),
);

const METHOD = 'pdd.logistics.companies.get';
/** The list is to be loaded daily (Pinduoduo sheet §9.5). */
const LIST_LIVES_MS = 86_400_000;
/** After a failure the table serves for this long before the list is asked for again. */
const RETRY_MS = 300_000;

const log = createLogger('pinduoduo-carriers');

/** Carriers of the platform: the table, mended by configuration and by the platform's own list. */
export class PinduoduoCarriers {
  private readonly table: ReadonlyMap<string, Carrier>;
  private listed: readonly JsonObject[] = [];
  private listedUntilMs = 0;

  constructor(
    private readonly client: PinduoduoClient,
    config: Pick<PinduoduoConfig, 'carrierCodes'>,
  ) {
    this.table = new Map([...Object.entries(TABLE), ...replacements(config.carrierCodes)]);
  }

  /** Pinduoduo's carrier for ours; throws `rejected` when there is none, or when it takes no parcels there. */
  async forShipping(caller: PinduoduoCaller, carrier: string): Promise<Carrier> {
    const { known, row } = await this.find(caller, carrier);
    const id = asText(row?.['id']) ?? known?.id;
    if (id === undefined)
      throw refusal(`has no carrier ${carrier}; add it to PINDUODUO_CARRIER_CODES as ${carrier}=CODE:ID`);
    if (asText(row?.['available']) === '0')
      throw refusal(`takes no parcels of carrier ${carrier} (id ${id}) for now; ship with another one`);
    return { id, code: asText(row?.['code']) ?? known?.code ?? carrier };
  }

  /** Code for labels; a carrier that nobody knows is taken for Pinduoduo's own code. */
  async codeOf(caller: PinduoduoCaller, carrier: string): Promise<string> {
    const { known, row } = await this.find(caller, carrier);
    return asText(row?.['code']) ?? known?.code ?? carrier;
  }

  /** Our code of one of Pinduoduo's codes or ids; unchanged when it is not in the table. */
  ours(codeOrId: string): string {
    const listed = this.listed.find((row) => asText(row['code']) === codeOrId);
    const id = asText(listed?.['id']);
    const found = [...this.table].find(([, { code, id: known }]) => [code, known].includes(codeOrId) || known === id);
    return found?.[0] ?? codeOrId;
  }

  private async find(caller: PinduoduoCaller, carrier: string): Promise<{ known?: Carrier; row?: JsonObject }> {
    const known = this.table.get(carrier);
    const rows = await this.list(caller);
    // The id is what stays the same over the years, so it goes before the code.
    const row = known
      ? (rows.find((one) => asText(one['id']) === known.id) ?? rows.find((one) => asText(one['code']) === known.code))
      : rows.find((one) => asText(one['code']) === carrier || asText(one['id']) === carrier);
    return { ...(known && { known }), ...(row && { row }) };
  }

  private async list(caller: PinduoduoCaller): Promise<readonly JsonObject[]> {
    const nowMs = caller.wireNow().getTime();
    if (nowMs < this.listedUntilMs) return this.listed;
    try {
      const { root } = await this.client.call(caller, { method: METHOD, params: {}, needsSession: false });
      this.listed = listOf(root['logistics_companies']);
      this.listedUntilMs = nowMs + LIST_LIVES_MS;
    } catch (error) {
      if (!isPlatformError(error)) throw error;
      log.warn({ cause: error.message }, 'the list of carriers could not be read; the built-in table serves meanwhile');
      this.listedUntilMs = nowMs + RETRY_MS;
    }
    return this.listed;
  }
}

/** `ours=theirs:id` entries; an entry of another form is refused at start. */
function replacements(text: string): [string, Carrier][] {
  return entriesOf(text).map((entry) => {
    const [, ours, code, id] = /^([^=]+)=([^:]+):(\d+)$/.exec(entry) ?? [];
    if (ours === undefined || code === undefined || id === undefined)
      throw refusal(`cannot read "${entry}" of PINDUODUO_CARRIER_CODES; write OURS=THEIRS:ID`);
    return [ours.trim(), { code: code.trim(), id }];
  });
}

function refusal(why: string): PlatformError {
  return new PlatformError('rejected', `Pinduoduo ${why}.`, {
    platform: 'pinduoduo',
    method: METHOD,
    reason: 'unsupported',
  });
}
