import type { Core } from '../../core/core';
import type { LogRecord } from '../../core/event-log';
import { startOfDay } from '../../core/times';

/** Downloads that were asked for, and from when on they are ready. Story milliseconds. */
export interface Download {
  kind: 'settle' | 'account';
  shopId: string;
  query: Record<string, unknown>;
  polls: number;
}

/** What the platform remembers of calls: answers of idempotent ones, decrypted values of the day, downloads. */
export class RequestMemory {
  private readonly answers = new Map<string, unknown>();
  private readonly decrypted = new Map<string, number>();
  private readonly downloads = new Map<string, Download>();

  constructor(private readonly core: Core) {}

  replay(record: LogRecord): void {
    if (record.k === 'douyin:answer') this.answers.set(record.key as string, record.answer);
    if (record.k === 'douyin:decrypted') this.decrypted.set(record.key as string, record.count as number);
    if (record.k === 'douyin:download') this.downloads.set(record.id as string, record.download as Download);
  }

  /** The answer that an idempotent request got before. */
  answerOf(shopId: string, requestId: string): unknown {
    return this.answers.get(`${shopId}:${requestId}`);
  }

  keepAnswer(shopId: string, requestId: string, answer: unknown): void {
    const key = `${shopId}:${requestId}`;
    this.answers.set(key, answer);
    this.core.log.append({ k: 'douyin:answer', key, answer });
  }

  /** How many values a shop decrypted on the story day of an instant. */
  decryptedOn(shopId: string, at: number): number {
    return this.decrypted.get(`${shopId}:${startOfDay(at)}`) ?? 0;
  }

  countDecrypted(shopId: string, at: number, count: number): void {
    const key = `${shopId}:${startOfDay(at)}`;
    const total = this.decryptedOn(shopId, at) + count;
    this.decrypted.set(key, total);
    this.core.log.append({ k: 'douyin:decrypted', key, count: total });
  }

  download(id: string): Download | undefined {
    return this.downloads.get(id);
  }

  keepDownload(id: string, download: Download): void {
    this.downloads.set(id, download);
    this.core.log.append({ k: 'douyin:download', id, download });
  }
}
