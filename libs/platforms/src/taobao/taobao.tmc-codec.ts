/** Kinds of TMC frames (Taobao sheet §11.1). */
export const FRAME = { connect: 0, connectAck: 1, send: 2, sendAck: 3 } as const;
/** Values of `__kind` in SEND frames. */
export const KIND = { pull: 1, confirm: 2, message: 3, failed: 20 } as const;

const PROTOCOL = 2;
const HEADER = { end: 0, custom: 1, statusCode: 2, statusPhrase: 3, flag: 4, token: 5 } as const;
const FORMAT = { void: 0, text: 1, byte: 2, int16: 3, int32: 4, int64: 5, date: 6, bytes: 7 } as const;

/** A header value; int64 and dates (milliseconds) are bigints, so that message ids keep every digit. */
export type TmcValue = string | number | bigint | Uint8Array | null;

/** One frame of the socket. */
export interface TmcFrame {
  type: number;
  statusCode?: number;
  statusPhrase?: string;
  flag?: number;
  token?: string;
  content: Record<string, TmcValue>;
}

/** A frame that breaks the protocol. */
export class TmcFrameError extends Error {}

class Writer {
  private readonly parts: Buffer[] = [];
  private put(size: number, write: (buffer: Buffer) => void): void {
    const buffer = Buffer.alloc(size);
    write(buffer);
    this.parts.push(buffer);
  }
  uint8(value: number): void {
    this.put(1, (buffer) => buffer.writeUInt8(value));
  }
  uint16(value: number): void {
    this.put(2, (buffer) => buffer.writeUInt16LE(value));
  }
  int32(value: number): void {
    this.put(4, (buffer) => buffer.writeInt32LE(value));
  }
  int64(value: bigint): void {
    this.put(8, (buffer) => buffer.writeBigInt64LE(value));
  }
  text(value: string): void {
    const bytes = Buffer.from(value, 'utf8');
    this.put(4, (buffer) => buffer.writeUInt32LE(bytes.length));
    this.parts.push(bytes);
  }
  byteValue(value: number): void {
    this.uint8(FORMAT.byte);
    this.uint8(value);
  }
  value(value: TmcValue): void {
    if (value === null) return this.uint8(FORMAT.void);
    if (typeof value === 'string') {
      this.uint8(FORMAT.text);
      return this.text(value);
    }
    if (typeof value === 'bigint') {
      this.uint8(FORMAT.int64);
      return this.int64(value);
    }
    if (typeof value === 'number') {
      this.uint8(FORMAT.int32);
      return this.int32(value);
    }
    this.uint8(FORMAT.bytes);
    this.put(4, (buffer) => buffer.writeUInt32LE(value.length));
    this.parts.push(Buffer.from(value));
  }
  done(): Buffer {
    return Buffer.concat(this.parts);
  }
}

/** Frame → bytes, little endian. */
export function encodeFrame(frame: TmcFrame): Buffer {
  const writer = new Writer();
  writer.uint8(PROTOCOL);
  writer.uint8(frame.type);
  if (frame.statusCode !== undefined) {
    writer.uint16(HEADER.statusCode);
    writer.int32(frame.statusCode);
  }
  if (frame.statusPhrase !== undefined) {
    writer.uint16(HEADER.statusPhrase);
    writer.text(frame.statusPhrase);
  }
  if (frame.flag !== undefined) {
    writer.uint16(HEADER.flag);
    writer.int32(frame.flag);
  }
  if (frame.token !== undefined) {
    writer.uint16(HEADER.token);
    writer.text(frame.token);
  }
  for (const [key, value] of Object.entries(frame.content)) {
    writer.uint16(HEADER.custom);
    writer.text(key);
    // The kind of a SEND frame travels as one byte; clients of the platform's own SDK write it so.
    if (key === '__kind' && typeof value === 'number') writer.byteValue(value);
    else writer.value(value);
  }
  writer.uint16(HEADER.end);
  return writer.done();
}

class Reader {
  private at = 0;
  constructor(private readonly bytes: Buffer) {}
  take(size: number): Buffer {
    if (this.at + size > this.bytes.length)
      throw new TmcFrameError(`The frame ends after ${this.bytes.length} bytes, ${size} more were announced.`);
    this.at += size;
    return this.bytes.subarray(this.at - size, this.at);
  }
  uint8(): number {
    return this.take(1).readUInt8();
  }
  uint16(): number {
    return this.take(2).readUInt16LE();
  }
  int32(): number {
    return this.take(4).readInt32LE();
  }
  text(): string {
    return this.take(this.take(4).readUInt32LE()).toString('utf8');
  }
  value(): TmcValue {
    const format = this.uint8();
    switch (format) {
      case FORMAT.void:
        return null;
      case FORMAT.text:
        return this.text();
      case FORMAT.byte:
        return this.uint8();
      case FORMAT.int16:
        return this.take(2).readInt16LE();
      case FORMAT.int32:
        return this.int32();
      case FORMAT.int64:
      case FORMAT.date:
        return this.take(8).readBigInt64LE();
      case FORMAT.bytes:
        return this.take(this.take(4).readUInt32LE());
      default:
        throw new TmcFrameError(`Value format ${format} is not part of the protocol.`);
    }
  }
}

/** Bytes → frame. Throws TmcFrameError for anything that breaks the protocol. */
export function decodeFrame(bytes: Buffer): TmcFrame {
  const reader = new Reader(bytes);
  const protocol = reader.uint8();
  if (protocol !== PROTOCOL) throw new TmcFrameError(`Protocol ${protocol} is not ${PROTOCOL}.`);
  const frame: TmcFrame = { type: reader.uint8(), content: {} };
  for (;;) {
    const header = reader.uint16();
    switch (header) {
      case HEADER.end:
        return frame;
      case HEADER.custom: {
        const key = reader.text();
        frame.content[key] = reader.value();
        break;
      }
      case HEADER.statusCode:
        frame.statusCode = reader.int32();
        break;
      case HEADER.statusPhrase:
        frame.statusPhrase = reader.text();
        break;
      case HEADER.flag:
        frame.flag = reader.int32();
        break;
      case HEADER.token:
        frame.token = reader.text();
        break;
      default:
        throw new TmcFrameError(`Header ${header} is not part of the protocol.`);
    }
  }
}
