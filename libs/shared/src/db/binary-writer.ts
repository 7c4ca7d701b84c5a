/** PostgreSQL counts microseconds from here. */
const EPOCH_MS = Date.UTC(2000, 0, 1);
const TEXT_TYPE_ID = 25;
const INT32_MIN = -(2 ** 31);
const INT32_MAX = 2 ** 31 - 1;
const UINT32 = 2 ** 32;

/** A value that its column cannot hold; carries the SQLSTATE with which the server itself would refuse it. */
class OutOfRange extends Error {
  readonly code = '22003';
}

/** Writes PostgreSQL's binary formats into a buffer that grows. */
export class BinaryWriter {
  private buffer: Buffer;
  private length = 0;

  constructor(expectedBytes: number) {
    this.buffer = Buffer.allocUnsafe(expectedBytes);
  }

  /** What was written; the writer must not be used afterwards. */
  bytes(): Buffer {
    return this.buffer.subarray(0, this.length);
  }

  /** The head of a one-dimensional array. */
  arrayHead(elementTypeId: number, count: number): void {
    this.int32(count === 0 ? 0 : 1);
    this.int32(0);
    this.int32(elementTypeId);
    if (count === 0) return;
    this.int32(count);
    this.int32(1);
  }

  /** Leaves room for a length; give the answer to close() when what it counts is written. */
  open(): number {
    this.int32(0);
    return this.length;
  }

  close(start: number): void {
    this.buffer.writeInt32BE(this.length - start, start - 4);
  }

  int32(value: number): void {
    if (!(value >= INT32_MIN && value <= INT32_MAX)) throw new OutOfRange(`${value} is out of range for type integer`);
    this.reserve(4);
    this.buffer.writeInt32BE(value, this.length);
    this.length += 4;
  }

  int64(value: number): void {
    if (!Number.isSafeInteger(value)) throw new OutOfRange(`${value} is out of range for type bigint`);
    this.reserve(8);
    const high = Math.floor(value / UINT32);
    this.buffer.writeInt32BE(high, this.length);
    this.buffer.writeUInt32BE(value - high * UINT32, this.length + 4);
    this.length += 8;
  }

  instant(value: Date): void {
    this.int64((value.getTime() - EPOCH_MS) * 1_000);
  }

  /** With its length before it, as the following ones. */
  bool(value: boolean): void {
    this.int32(1);
    this.reserve(1);
    this.buffer[this.length] = value ? 1 : 0;
    this.length += 1;
  }

  text(value: string): void {
    // A UTF-16 code unit takes at most three bytes.
    this.reserve(4 + value.length * 3);
    const size = this.buffer.write(value, this.length + 4);
    this.buffer.writeInt32BE(size, this.length);
    this.length += 4 + size;
  }

  textArray(values: readonly string[]): void {
    const start = this.open();
    this.arrayHead(TEXT_TYPE_ID, values.length);
    for (const value of values) this.text(value);
    this.close(start);
  }

  private reserve(bytes: number): void {
    if (this.length + bytes <= this.buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.buffer.length * 2, this.length + bytes));
    this.buffer.copy(larger, 0, 0, this.length);
    this.buffer = larger;
  }
}
