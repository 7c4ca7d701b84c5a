import { createHash, createHmac, createPublicKey, createVerify } from 'node:crypto';
import { PlatformCall, PlatformError } from '../port';
import { JsonObject, asList, asObject, asText, parseAnswer } from '../kit/answer.json';
import { JdClient } from './jd.client';
import { JdConfig } from './jd.config';
import { callSecurity } from './jd.results';
import { decryptTde, keyDigest, keyIdOf } from './jd.tde';

const VOUCHER = 'jingdong.jos.voucher.info.get';
const KEYS = 'jingdong.jos.master.key.get';
const SDK_VERSION = 2;
/** Shops whose keys are kept at a time. */
const MOST_SHOPS = 500;

interface Voucher {
  id: string;
  key: string;
}

/**
 * Keys that open the receivers of one authorisation (JD sheet §10.1). Asked for only when a label needs an address, kept
 * in memory by the digest of the token, asked for again when a cipher names a key that is not known.
 */
export class JdKeys {
  private readonly keys = new Map<string, ReadonlyMap<string, string>>();

  constructor(
    private readonly client: JdClient,
    private readonly config: JdConfig,
  ) {}

  /** Opens ciphers; a text under a name that has none stays away. Throws `rejected` when JD gives no fitting key. */
  async open<Name extends string>(
    call: PlatformCall,
    ciphers: Readonly<Partial<Record<Name, string>>>,
  ): Promise<Partial<Record<Name, string>>> {
    const entries = Object.entries(ciphers) as [Name, string][];
    if (entries.length === 0) return {};
    const wanted = new Set(entries.map(([, cipher]) => keyIdOf(cipher)));
    const cacheKey = createHash('sha256')
      .update(`${call.shop.appKey} ${call.shop.accessToken ?? ''}`)
      .digest('hex');
    let keys = this.keys.get(cacheKey);
    if (!keys || [...wanted].some((id) => !keys!.has(id))) {
      keys = await this.fetch(call);
      this.keep(cacheKey, keys);
    }
    const opened: Partial<Record<Name, string>> = {};
    for (const [name, cipher] of entries) opened[name] = this.openOne(cipher, keys);
    return opened;
  }

  private openOne(cipher: string, keys: ReadonlyMap<string, string>): string {
    const key = keys.get(keyIdOf(cipher));
    if (key === undefined)
      throw broken('JD gives no key for the cipher of a receiver; pull the order again with this app', KEYS);
    try {
      return decryptTde(cipher, key);
    } catch (error) {
      const failure = broken('the cipher of a receiver does not open with its key; pull the order again', KEYS);
      failure.cause = error;
      throw failure;
    }
  }

  private keep(cacheKey: string, keys: ReadonlyMap<string, string>): void {
    if (this.keys.size >= MOST_SHOPS) this.keys.delete(this.keys.keys().next().value!);
    this.keys.set(cacheKey, keys);
  }

  private async fetch(call: PlatformCall): Promise<Map<string, string>> {
    const voucher = await this.voucher(call);
    const ts = call.wireNow().getTime();
    const signed = JSON.stringify({ sdk_ver: SDK_VERSION, ts, tid: voucher.id });
    const sig = createHmac('sha256', Buffer.from(voucher.key, 'base64')).update(signed).digest('base64');
    const params = { sig, sdk_ver: SDK_VERSION, ts, tid: voucher.id };
    const response = await callSecurity(this.client, call, { method: KEYS, params });
    const keys = new Map<string, string>();
    for (const service of asList(response['service_key_list'], 'service_key'))
      for (const key of asList(service['keys'], 'key')) addKey(keys, key);
    return keys;
  }

  private async voucher(call: PlatformCall): Promise<Voucher> {
    const params = { access_token: call.shop.accessToken };
    const response = await callSecurity(this.client, call, { method: VOUCHER, params });
    const text = asText(asObject(response['data'])['voucher']) ?? '';
    const voucher = asObject(readJson(Buffer.from(text, 'base64url').toString('utf8')));
    const data = asObject(voucher['data']);
    this.verify(data, asText(voucher['sig']) ?? '');
    const [id, key] = [asText(data['id']), asText(data['key'])];
    if (id === undefined || key === undefined) throw broken('the voucher names no key', VOUCHER);
    return { id, key };
  }

  /** The sign is over the data as compact JSON with its members in this order (JD sheet §10.1). */
  private verify(data: JsonObject, sig: string): void {
    if (this.config.voucherCertificate === '') return;
    const members = ['act', 'effective', 'expired', 'id', 'key', 'service', 'stype'].map(
      (name) => `${JSON.stringify(name)}:${memberText(name, data)}`,
    );
    const certificate = this.config.voucherCertificate.replaceAll('\\n', '\n');
    const isGood = createVerify('RSA-SHA256')
      .update(`{${members.join(',')}}`)
      .verify(createPublicKey(certificate), sig, 'base64');
    if (!isGood) throw broken('the sign of the voucher is wrong; check JD_VOUCHER_CERTIFICATE', VOUCHER);
  }
}

/** Times and type of a voucher are numbers, the rest texts. */
function memberText(name: string, data: JsonObject): string {
  const text = asText(data[name]) ?? '';
  return ['effective', 'expired', 'stype'].includes(name) && /^\d+$/.test(text) ? text : JSON.stringify(text);
}

/** A key that does not fit its own digest was damaged on its way. */
function addKey(keys: Map<string, string>, key: JsonObject): void {
  const [id, text] = [asText(key['id']), asText(key['key_string'])];
  if (id === undefined || text === undefined) return;
  const digest = asText(key['key_digest']);
  if (digest === undefined || digest === keyDigest(text)) keys.set(id, text);
}

function readJson(text: string): ReturnType<typeof parseAnswer> {
  try {
    return parseAnswer(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw broken('the voucher cannot be read', VOUCHER);
  }
}

function broken(why: string, method: string): PlatformError {
  return new PlatformError('rejected', `JD ${method}: ${why}.`, { platform: 'jd', method, reason: 'configuration' });
}
