import { basename } from 'node:path/posix';
import axios, { AxiosResponse } from 'axios';
import { toShanghaiText } from '@app/shared';
import { isWholeArchive } from '../kit/bill.texts';
import { BillAccount, BillFile, PlatformCall, PlatformError, PlatformErrorReason } from '../port';
import { toAlipayError } from './taobao.alipay-errors';
import { rawMember, signAlipay, verifyAlipay } from './taobao.alipay-signer';
import { BILL_FORMATS } from './taobao.bill';
import { TaobaoConfig } from './taobao.config';
import { JsonObject, asObject, asText, parseAnswer } from '../kit/answer.json';

/** Method by which a bill's address is asked for (Taobao sheet §12.2). */
export const BILL_METHOD = 'alipay.data.dataservice.bill.downloadurl.query';

const NODE = `${BILL_METHOD.replaceAll('.', '_')}_response`;
const SUCCESS = '10000';
/** The account's movements, which reconciliation needs; `trade` lists transactions instead (Taobao sheet §12.2). */
const BILL_TYPE = 'signcustomer';
const MAX_ANSWER_BYTES = 1_048_576;
/** Bills of the shop's Alipay account (Taobao sheet §12.2): another gateway, other keys than Taobao's. */
export class AlipayBills {
  private readonly notReadyCodes: readonly string[];

  constructor(private readonly config: TaobaoConfig) {
    this.notReadyCodes = config.alipayNotReadyCodes
      .toLowerCase()
      .split(',')
      .map((code) => code.trim().replaceAll('-', '_'))
      .filter((code) => code !== '');
  }

  /** The file of a day's movements, unchanged. Its address lives 30 s, so it is asked for and used in one go. */
  async ofDay(call: PlatformCall, day: string): Promise<BillFile[]> {
    const account = call.shop.billAccount;
    if (!account) throw refusal('the shop has no bill account; set it', day, 'configuration');
    await call.admit?.(BILL_METHOD);
    const url = await this.addressOf(call, account, day);
    return [await this.download(call, url, account, day)];
  }

  private async addressOf(call: PlatformCall, account: BillAccount, day: string): Promise<string> {
    const form = this.signedForm(call, account, day);
    const response = await this.send(call, day, this.config.timeoutMs, {
      method: 'POST',
      // The character set stands in the query, since the gateway reads it before the body.
      url: withCharset(this.config.alipayGatewayUrl),
      data: new URLSearchParams(form).toString(),
      headers: { 'Content-Type': 'application/x-www-form-urlencoded;charset=utf-8' },
      maxContentLength: MAX_ANSWER_BYTES,
    });
    const text = Buffer.from(response.data).toString('utf8');
    const answer = this.parse(text, response.status, day);
    this.assertSigned(text, answer, account, day);
    const stated = answer[NODE] ?? answer['error_response'];
    if (stated === undefined) throw transient('the answer lacks its node', day, text);
    const node = asObject(stated);
    const code = asText(node['code']);
    const url = asText(node['bill_download_url']);
    if (answer[NODE] === undefined || code !== SUCCESS) throw this.refused(node, day);
    if (url === undefined || !URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
      throw transient('the answer names no address of the file', day);
    return url;
  }

  private signedForm(call: PlatformCall, account: BillAccount, day: string): Record<string, string> {
    const form = {
      app_id: account.appId,
      method: BILL_METHOD,
      format: 'JSON',
      charset: 'utf-8',
      sign_type: 'RSA2',
      timestamp: toShanghaiText(call.wireNow()),
      version: '1.0',
      biz_content: JSON.stringify({ bill_type: BILL_TYPE, bill_date: day }),
    };
    try {
      return { ...form, sign: signAlipay(form, account.privateKeyPem) };
    } catch (error) {
      throw refusal(`the private key cannot be used (${(error as Error).message})`, day, 'configuration');
    }
  }

  private parse(text: string, status: number, day: string): JsonObject {
    try {
      return asObject(parseAnswer(text));
    } catch (error) {
      if (!(error instanceof SyntaxError) && !(error instanceof RangeError)) throw error;
      throw transient(`HTTP ${status} with a body that is not JSON`, day, text);
    }
  }

  /** A success counts only with a sign that fits; a refusal may come without, since the gateway may not know the app. */
  private assertSigned(text: string, answer: JsonObject, account: BillAccount, day: string): void {
    const sign = asText(answer['sign']);
    const name = answer[NODE] === undefined ? 'error_response' : NODE;
    const isSuccess = name === NODE && asText(asObject(answer[NODE])['code']) === SUCCESS;
    if (sign === undefined) {
      if (isSuccess) throw transient('the answer carries no sign', day);
      return;
    }
    const signed = rawMember(text, name);
    let fits: boolean;
    try {
      fits = signed !== undefined && verifyAlipay(signed, sign, account.platformPublicKeyPem);
    } catch (error) {
      throw refusal(`the platform's public key cannot be used (${(error as Error).message})`, day, 'configuration');
    }
    if (!fits && isSuccess)
      throw refusal("the answer's sign does not fit the platform's public key; check that key", day, 'configuration');
  }

  private refused(node: JsonObject, day: string): PlatformError {
    const fault = {
      code: asText(node['code']),
      msg: asText(node['msg']),
      subCode: asText(node['sub_code']),
      subMsg: asText(node['sub_msg']),
    };
    return toAlipayError(fault, { method: BILL_METHOD, day, notReadyCodes: this.notReadyCodes });
  }

  private async download(call: PlatformCall, url: string, account: BillAccount, day: string): Promise<BillFile> {
    const response = await this.send(call, day, this.config.alipayDownloadTimeoutMs, {
      method: 'GET',
      url,
      maxContentLength: this.config.alipayMaxBillBytes,
    });
    const bytes = Buffer.from(response.data);
    if (response.status !== 200) throw transient(`the download answered HTTP ${response.status}`, day, startOf(bytes));
    if (!isWholeArchive(bytes)) throw transient('the downloaded file is no whole zip archive', day, startOf(bytes));
    return { format: BILL_FORMATS[0], fileName: fileNameOf(response, url, account.appId, day), bytes };
  }

  private async send(
    call: PlatformCall,
    day: string,
    timeoutMs: number,
    request: { method: string; url: string; data?: string; headers?: Record<string, string>; maxContentLength: number },
  ): Promise<AxiosResponse<Buffer>> {
    const bound = AbortSignal.timeout(timeoutMs);
    try {
      return await axios.request<Buffer>({
        ...request,
        responseType: 'arraybuffer',
        maxRedirects: 0,
        proxy: false,
        validateStatus: () => true,
        signal: call.signal ? AbortSignal.any([bound, call.signal]) : bound,
      });
    } catch (error) {
      const cause = axios.isAxiosError(error) ? (error.code ?? error.message) : String(error);
      throw transient(`no usable answer came (${bound.aborted ? `not within ${timeoutMs} ms` : cause})`, day);
    }
  }
}

function withCharset(gateway: string): string {
  const url = new URL(gateway);
  url.searchParams.set('charset', 'utf-8');
  return url.toString();
}

/** The name that the answer or its address gives the file, without the address's own secrets. */
function fileNameOf(response: AxiosResponse<Buffer>, url: string, appId: string, day: string): string {
  const stated = /filename="?([^";]+)"?/i.exec(String(response.headers['content-disposition'] ?? ''))?.[1];
  const { pathname, searchParams } = new URL(url);
  const names = [stated, searchParams.get('downloadFileName'), basename(pathname)];
  return names.find((name) => /^[\w.\-()\u4e00-\u9fff]{1,200}\.zip$/i.test(name ?? '')) ?? `${appId}_${day}.zip`;
}

function startOf(bytes: Buffer): string {
  return bytes.subarray(0, 200).toString('utf8');
}

function transient(why: string, day: string, text?: string): PlatformError {
  const isPage = text !== undefined && text.trimStart().startsWith('<');
  return new PlatformError('transient', `Alipay bill of ${day}: ${why}.`, {
    platform: 'taobao',
    method: BILL_METHOD,
    retryAfterMs: 2_000,
    ...(isPage && { answerStart: text.slice(0, 120) }),
  });
}

function refusal(why: string, day: string, reason: PlatformErrorReason): PlatformError {
  return new PlatformError('rejected', `Alipay bill of ${day}: ${why}.`, {
    platform: 'taobao',
    method: BILL_METHOD,
    reason,
  });
}
