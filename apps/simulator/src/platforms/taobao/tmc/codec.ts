/** Frame types (Taobao sheet §11.1). */
export const FRAME = { connect: 0, connectAck: 1, send: 2, sendAck: 3 } as const;

/** What a SEND frame is about. */
export const KIND = { pull: 1, confirm: 2, data: 3, failed: 20 } as const;

const HEADER = { end: 0, custom: 1, statusCode: 2, statusPhrase: 3, flag: 4, token: 5 } as const;
const FORMAT = { none: 0, text: 1, byte: 2, int16: 3, int32: 4, int64: 5, date: 6, bytes: 7 } as const;

/** A value of a custom header: texts, bytes (small numbers), 64-bit integers, instants. */
export type HeaderValue = string | { byte: number } | { int64: bigint } | { date: number };

/** A frame taken apart. */
export interface Frame {
  type: number;
  statusCode?: number;
  statusPhrase?: string;
  flag?: number;
  token?: string;
  headers: Map<string, string | number | bigint>;
}

function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function int64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64LE(value);
  return bytes;
}

function counted(text: string): Buffer {
  const bytes = Buffer.from(text, 'utf8');
  return Buffer.concat([uint32(bytes.length), bytes]);
}

function valueBytes(value: HeaderValue): Buffer {
  if (typeof value === 'string')
    return value === '' ? Buffer.from([FORMAT.none]) : Buffer.concat([Buffer.from([FORMAT.text]), counted(value)]);
  if ('byte' in value) return Buffer.from([FORMAT.byte, value.byte]);
  if ('int64' in value) return Buffer.concat([Buffer.from([FORMAT.int64]), int64(value.int64)]);
  return Buffer.concat([Buffer.from([FORMAT.date]), int64(BigInt(value.date))]);
}

/** Writes a frame. */
export function writeFrame(
  type: number,
  parts: { statusCode?: number; statusPhrase?: string; token?: string; headers?: Record<string, HeaderValue> },
): Buffer {
  const chunks: Buffer[] = [Buffer.from([2, type])];
  if (parts.statusCode !== undefined) chunks.push(uint16(HEADER.statusCode), uint32(parts.statusCode));
  if (parts.statusPhrase !== undefined) chunks.push(uint16(HEADER.statusPhrase), counted(parts.statusPhrase));
  if (parts.token !== undefined) chunks.push(uint16(HEADER.token), counted(parts.token));
  for (const [key, value] of Object.entries(parts.headers ?? {}))
    chunks.push(uint16(HEADER.custom), counted(key), valueBytes(value));
  chunks.push(uint16(HEADER.end));
  return Buffer.concat(chunks);
}

/** Reads bytes from the front; throws RangeError past the end. */
class Reader {
  private at = 0;
  constructor(private readonly bytes: Buffer) {}

  take(length: number): Buffer {
    if (length < 0 || this.at + length > this.bytes.length) throw new RangeError('The frame ends too early.');
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }
  uint8 = (): number => this.take(1).readUInt8();
  uint16 = (): number => this.take(2).readUInt16LE();
  uint32 = (): number => this.take(4).readUInt32LE();
  int64 = (): bigint => this.take(8).readBigInt64LE();
  text = (): string => this.take(this.uint32()).toString('utf8');

  value(): string | number | bigint {
    const format = this.uint8();
    if (format === FORMAT.none) return '';
    if (format === FORMAT.text) return this.text();
    if (format === FORMAT.byte) return this.uint8();
    if (format === FORMAT.int16) return this.take(2).readInt16LE();
    if (format === FORMAT.int32) return this.take(4).readInt32LE();
    if (format === FORMAT.int64 || format === FORMAT.date) return this.int64();
    if (format === FORMAT.bytes) return this.take(this.uint32()).toString('base64');
    throw new RangeError(`The value format ${format} is unknown.`);
  }
}

/** Reads a frame; throws RangeError when it is malformed. */
export function readFrame(bytes: Buffer): Frame {
  const reader = new Reader(bytes);
  if (reader.uint8() !== 2) throw new RangeError('The protocol version is not 2.');
  const frame: Frame = { type: reader.uint8(), headers: new Map() };
  for (let header = reader.uint16(); header !== HEADER.end; header = reader.uint16()) {
    if (header === HEADER.custom) {
      const key = reader.text();
      frame.headers.set(key, reader.value());
    } else if (header === HEADER.statusCode) frame.statusCode = reader.uint32();
    else if (header === HEADER.statusPhrase) frame.statusPhrase = reader.text();
    else if (header === HEADER.flag) frame.flag = reader.uint32();
    else if (header === HEADER.token) frame.token = reader.text();
    else throw new RangeError(`The header type ${header} is unknown.`);
  }
  return frame;
}
