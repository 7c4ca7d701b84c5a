import { crc32, deflateRawSync } from 'node:zlib';
import { encode } from 'iconv-lite';

/** A file of an archive; its name is written in GBK. */
export interface ZipFile {
  name: string;
  content: Buffer;
}

/** DOS dates count from 1980 and in steps of two seconds. */
function dosTime(at: Date): { time: number; day: number } {
  return {
    time: (at.getUTCHours() << 11) | (at.getUTCMinutes() << 5) | (at.getUTCSeconds() >> 1),
    day: ((at.getUTCFullYear() - 1980) << 9) | ((at.getUTCMonth() + 1) << 5) | at.getUTCDate(),
  };
}

/**
 * An archive with raw GBK names and without the flag for UTF-8, as the platform writes it (Taobao sheet §12.2); the
 * usual libraries write names in UTF-8 only. Its bytes depend on nothing but the arguments.
 */
export function zipOf(files: readonly ZipFile[], localTime: Date): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  const { time, day } = dosTime(localTime);
  let offset = 0;
  for (const { name, content } of files) {
    const packed = deflateRawSync(content);
    const title = encode(name, 'gbk');
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(8, 4);
    common.writeUInt16LE(time, 6);
    common.writeUInt16LE(day, 8);
    common.writeUInt32LE(crc32(content), 10);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(content.length, 18);
    common.writeUInt16LE(title.length, 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), common, title, packed]);
    const entry = Buffer.alloc(14);
    entry.writeUInt32LE(offset, 10);
    directory.push(Buffer.from('PK\x01\x02\x14\x00', 'latin1'), common, entry, title);
    parts.push(local);
    offset += local.length;
  }
  const index = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(files.length, 8);
  end.writeUInt16LE(files.length, 10);
  end.writeUInt32LE(index.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, index, end]);
}
