import { crc32 } from 'node:zlib';
import { AppError } from '@app/shared';
import { decode } from 'iconv-lite';
import { fromBuffer, type Entry, type ZipFile } from 'yauzl';

/** Most bytes of all files of an archive together, after inflation; a bill of a million rows has about 200 MB. */
const MAX_INFLATED_BYTES = 256 * 1024 * 1024;
const MAX_FILES = 20;
/** Ends a zip archive: its last record begins with this, behind it at most a comment of 65 535 bytes. */
const ZIP_END = Buffer.from('PK\x05\x06', 'latin1');
const ZIP_END_BYTES = 22;

/** A file of a bill, as text. */
export interface BillText {
  name: string;
  text: string;
}

/** The error of a file that is no bill at all. `what` is what it should be, e.g. `an Alipay bill`. */
export function invalidBill(what: string, why: string, cause?: unknown): AppError {
  return new AppError(
    'BILL_FILE.INVALID',
    `The file cannot be read as ${what}: ${why}. Download it again and send it unchanged.`,
    {},
    { cause },
  );
}

/** True for bytes that begin like a zip archive. */
export function isZip(bytes: Uint8Array): boolean {
  return bytes.length >= 2 && bytes[0] === 0x50 && bytes[1] === 0x4b;
}

/** Begins like an archive and has its last record, to the byte. */
export function isWholeArchive(bytes: Buffer): boolean {
  if (bytes.length < ZIP_END_BYTES || !isZip(bytes)) return false;
  const end = bytes.lastIndexOf(ZIP_END);
  return (
    end >= 0 &&
    end + ZIP_END_BYTES <= bytes.length &&
    end + ZIP_END_BYTES + bytes.readUInt16LE(end + 20) === bytes.length
  );
}

/**
 * The texts of a downloaded zip (entry names in GBK, Taobao sheet §12.2) or of one CSV file. Throws BILL_FILE.INVALID for
 * an empty file and a broken archive.
 */
export async function readBillTexts(what: string, bytes: Uint8Array): Promise<BillText[]> {
  const buffer = Buffer.from(bytes);
  if (buffer.length === 0) throw invalidBill(what, 'it is empty');
  if (!isZip(buffer)) return [{ name: '', text: decodeText(buffer) }];
  const files = await unzip(what, buffer);
  return files.map(({ name, content }) => ({ name, text: decodeText(content) }));
}

/** GB18030, which contains GBK, unless the bytes are UTF-8 throughout: files that a person opened and saved again. */
function decodeText(content: Buffer): string {
  const isUtf8 = Buffer.from(content.toString('utf8'), 'utf8').equals(content);
  return (isUtf8 ? content.toString('utf8') : decode(content, 'gb18030')).replace(/^\uFEFF/, '');
}

function unzip(what: string, buffer: Buffer): Promise<{ name: string; content: Buffer }[]> {
  return new Promise((resolve, reject) => {
    const fail = (cause: unknown): void =>
      reject(
        cause instanceof AppError
          ? cause
          : invalidBill(what, `the zip archive is broken (${(cause as Error).message})`, cause),
      );
    fromBuffer(buffer, { lazyEntries: true, decodeStrings: false }, (error, zip) => {
      if (error) return fail(error);
      const found: { name: string; content: Buffer }[] = [];
      let inflated = 0;
      zip.on('error', fail);
      zip.on('end', () => resolve(found));
      zip.on('entry', (entry: Entry) => {
        const name = decode(entry.fileName as unknown as Buffer, 'gbk');
        inflated += entry.uncompressedSize;
        if (inflated > MAX_INFLATED_BYTES)
          return fail(invalidBill(what, `it holds more than ${MAX_INFLATED_BYTES} bytes`));
        if (found.length >= MAX_FILES) return fail(invalidBill(what, `it holds more than ${MAX_FILES} files`));
        if (name.endsWith('/')) return zip.readEntry();
        readEntry(zip, entry).then((content) => {
          found.push({ name, content });
          zip.readEntry();
        }, fail);
      });
      zip.readEntry();
    });
  });
}

/** yauzl holds the length to what the archive states; the checksum is left to its callers. */
function readEntry(zip: ZipFile, entry: Entry): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    zip.openReadStream(entry, (error, stream) => {
      if (error) return reject(error);
      const parts: Buffer[] = [];
      stream.on('data', (part: Buffer) => parts.push(part));
      stream.on('error', reject);
      stream.on('end', () => {
        const content = Buffer.concat(parts);
        if (crc32(content) === entry.crc32) resolve(content);
        else reject(new Error('a checksum differs'));
      });
    });
  });
}
