import { basename } from 'node:path/posix';
import { asText } from '../kit/answer.json';
import { isWholeArchive, isZip } from '../kit/bill.texts';
import { PlatformTransport, UnreadableError } from '../kit/transport';
import { BillFile, PlatformCall, PlatformError, isPlatformError } from '../port';
import { BILL_FORMATS } from './pinduoduo.bill';
import { PinduoduoClient } from './pinduoduo.client';
import { PinduoduoConfig, entriesOf } from './pinduoduo.config';

/** Method by which a bill's address is asked for (Pinduoduo sheet §12). */
export const BILL_METHOD = 'pdd.finance.balance.daily.bill.url.get';

/** The file is kept as its bytes are, so it must not be packed on its way. */
const UNCHANGED = { 'Accept-Encoding': 'identity' };

/** Bills of goods money, one file a day, fetched by the shop's own token (Pinduoduo sheet §12). */
export class PinduoduoBills {
  private readonly transport: PlatformTransport;
  private readonly notReady: readonly string[];

  constructor(
    private readonly client: PinduoduoClient,
    config: PinduoduoConfig,
  ) {
    this.transport = new PlatformTransport({
      platform: 'pinduoduo',
      name: 'Pinduoduo bill',
      timeoutMs: config.timeoutMs * 3,
      maxAnswerBytes: config.maxBillBytes,
    });
    this.notReady = entriesOf(config.billNotReadyTexts);
  }

  /** The file of a day, unchanged. How long its address lives is UNCONFIRMED, so it is asked for and used in one go. */
  async ofDay(call: PlatformCall, day: string): Promise<BillFile[]> {
    const url = await this.addressOf(call, day);
    const request = { method: BILL_METHOD };
    const answer = await this.transport.send({ url, verb: 'GET', headers: UNCHANGED }, call, request);
    const { bytes } = answer;
    await this.transport.reading(call, request, answer, () => {
      const why = problemOf(answer.status, bytes);
      if (why !== undefined) throw this.transport.unreadable(request, `the file of ${day}: ${why}`, answer.text);
    });
    return [{ format: BILL_FORMATS[0], fileName: fileNameOf(answer.headers, url, day, isZip(bytes)), bytes }];
  }

  private async addressOf(call: PlatformCall, day: string): Promise<string> {
    try {
      const { root } = await this.client.call(call, { method: BILL_METHOD, params: { bill_date: day } });
      const url = asText(root['download_url']);
      if (url === undefined) throw notReady(day, 'the answer names no file');
      if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
        throw this.transport.unreadable({ method: BILL_METHOD }, `the address of the file of ${day} is none`);
      return url;
    } catch (error) {
      if (!isPlatformError(error) || error instanceof UnreadableError) throw error;
      const isRefusal = error.kind === 'rejected' || error.kind === 'not-found';
      if (isRefusal && this.notReady.some((text) => error.message.includes(text))) throw notReady(day, error.message);
      throw error;
    }
  }
}

/** Why a download is no bill; undefined for one that may be. */
function problemOf(status: number, bytes: Buffer): string | undefined {
  if (status !== 200) return `the download answered HTTP ${status}`;
  if (bytes.length === 0) return 'the download is empty';
  if (isZip(bytes)) return isWholeArchive(bytes) ? undefined : 'the downloaded archive is cut off';
  const start = bytes.subarray(0, 16).toString('latin1').trimStart();
  return start.startsWith('<') || start.startsWith('{') ? 'the download is a page and no bill' : undefined;
}

/** The name that the answer or the address gives the file, without the address's own secrets. */
function fileNameOf(
  headers: Readonly<Record<string, string | undefined>>,
  url: string,
  day: string,
  isArchive: boolean,
): string {
  const stated = /filename="?([^";]+)"?/i.exec(headers['content-disposition'] ?? '')?.[1];
  const names = [stated, basename(new URL(url).pathname)];
  const usable = names.find((name) => /^[\w.\-()\u4e00-\u9fff]{1,200}\.(zip|csv)$/i.test(name ?? ''));
  return usable ?? `pdd-mall-bill-detail-${day}.${isArchive ? 'zip' : 'csv'}`;
}

function notReady(day: string, why: string): PlatformError {
  return new PlatformError('not-found', `Pinduoduo has no bill of ${day} yet, or nothing moved that day: ${why}`, {
    platform: 'pinduoduo',
    method: BILL_METHOD,
  });
}
