import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  createSign,
  generateKeyPairSync,
  timingSafeEqual,
} from 'node:crypto';
import type { Core } from '../../core/core';
import type { LogRecord } from '../../core/event-log';
import { DAY } from '../../core/times';

/** How long a voucher lasts on the wire clock; left open by the sheet. */
const VOUCHER_LIFE_MS = 30 * DAY;

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** A key of field encryption. */
export interface TdeKey {
  /** 16 bytes. */
  id: Buffer;
  /** 32 bytes, of which the first 16 are the AES key. */
  bytes: Buffer;
}

/** Encrypts a field: base64 of 00 04, key id, iv and AES-128-CBC text (JD sheet §10.1). */
export function encryptField(key: TdeKey, iv: Buffer, plain: string): string {
  const cipher = createCipheriv('aes-128-cbc', key.bytes.subarray(0, 16), iv);
  const text = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
  return Buffer.concat([Buffer.from([0, 4]), key.id, iv, text]).toString('base64');
}

/** Reads a field that encryptField wrote with this key; null when it was another key, or no cipher text at all. */
export function decryptField(key: TdeKey, cipherText: string): string | null {
  const bytes = Buffer.from(cipherText, 'base64');
  if (bytes.length < 50 || bytes[0] !== 0 || bytes[1] !== 4 || !bytes.subarray(2, 18).equals(key.id)) return null;
  const decipher = createDecipheriv('aes-128-cbc', key.bytes.subarray(0, 16), bytes.subarray(18, 34));
  return Buffer.concat([decipher.update(bytes.subarray(34)), decipher.final()]).toString('utf8');
}

/** The keys with which receivers are encrypted, one for each program, and the vouchers that give access to them. */
export class TdeDesk {
  private privatePem: string | undefined;

  constructor(private readonly core: Core) {}

  replay(record: LogRecord): void {
    if (record.k === 'jd:tde') this.privatePem = record.pem as string;
  }

  /** The key of a program; what one program reads no other can decrypt (JD sheet §4, code 87). */
  keyOf(appKey: string): TdeKey {
    const name = `${this.core.config.seed}:jd:tde:${appKey}`;
    const id = digest(`${name}:id`).subarray(0, 16);
    // JD's cipher texts begin with AAQ (JD sheet §5.6), so the id's first two bits are 0.
    id[0] = id[0]! & 0x3f;
    return { id, bytes: digest(`${name}:key`) };
  }

  /** A field of an order for a program; the same field always gives the same cipher text. */
  cipherOf(appKey: string, name: string, plain: string): string {
    if (plain === '') return '';
    const iv = digest(`${this.core.config.seed}:jd:iv:${appKey}:${name}:${plain}`).subarray(0, 16);
    return encryptField(this.keyOf(appKey), iv, plain);
  }

  /** The public half of the key that signs vouchers, PEM. */
  publicPem(): string {
    return createPublicKey(this.signer()).export({ type: 'spki', format: 'pem' }).toString();
  }

  /** The voucher of a shop's grant to a program, as the platform gives it. */
  voucher(appKey: string, shopId: string): string {
    const now = this.core.clocks.wire('jd');
    const effective = now - (now % DAY);
    const data = {
      act: 'create',
      effective,
      expired: effective + VOUCHER_LIFE_MS,
      id: this.voucherId(appKey, shopId),
      key: this.voucherKey(appKey, shopId).toString('base64'),
      service: appKey,
      stype: 0,
    };
    const sig = createSign('RSA-SHA256').update(JSON.stringify(data)).sign(this.signer()).toString('base64');
    return Buffer.from(JSON.stringify({ sig, data })).toString('base64url');
  }

  /** Whether a request for keys bears the voucher's signature. */
  isAllowed(appKey: string, shopId: string, asked: { sig: string; sdkVer: number; ts: number; tid: string }): boolean {
    if (asked.tid !== this.voucherId(appKey, shopId)) return false;
    const text = JSON.stringify({ sdk_ver: asked.sdkVer, ts: asked.ts, tid: asked.tid });
    const right = createHmac('sha256', this.voucherKey(appKey, shopId)).update(text).digest();
    const given = Buffer.from(asked.sig, 'base64');
    return given.length === right.length && timingSafeEqual(given, right);
  }

  private voucherId(appKey: string, shopId: string): string {
    return digest(`${this.core.config.seed}:jd:voucher:${appKey}:${shopId}`).toString('hex').slice(0, 32);
  }

  private voucherKey(appKey: string, shopId: string): Buffer {
    return digest(`${this.core.config.seed}:jd:voucher-key:${appKey}:${shopId}`);
  }

  /** Made at the first use and kept, so that a restart changes nothing. */
  private signer(): ReturnType<typeof createPrivateKey> {
    if (this.privatePem === undefined) {
      const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
      this.privatePem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
      this.core.log.append({ k: 'jd:tde', pem: this.privatePem });
    }
    return createPrivateKey(this.privatePem);
  }
}
