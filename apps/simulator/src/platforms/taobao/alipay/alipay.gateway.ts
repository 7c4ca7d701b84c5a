import { createHmac, timingSafeEqual } from 'node:crypto';
import { createLogger } from '@app/shared/logging/logger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Core } from '../../../core/core';
import { fromPlatformText } from '../../../core/times';
import { readValues } from '../../../kit/wire-faults';
import type { AlipayAccount, AlipayAccounts } from './accounts';
import { AlipayError, answerText, errorNode, lacking, rootOf, successNode, wrong } from './alipay.envelope';
import { billArchive, readyAt, spanOf, type BillWish } from './bill-file';
import { isSignedBy, signedText, signText } from './keys';
import {
  BILL_NOT_THERE,
  BUSINESS_FAILED,
  EXPIRED,
  FIRST_MONTH,
  FORGED,
  MOST_SKEW_MS,
  SIGNS_UNKNOWN_CALLERS,
  UNAVAILABLE,
  UNKNOWN_METHOD_ROOT,
  URL_LIFE_MS,
} from './open-points';

/** The only method that is played (Taobao sheet §12.2). */
export const DOWNLOAD_METHOD = 'alipay.data.dataservice.bill.downloadurl.query';

/** Where files lie. */
export const DOWNLOAD_PATH = '/alipay/downloadBillFile.resource';

const log = createLogger('simulator.alipay');

type Values = Map<string, string>;

const HTML = '<!DOCTYPE html><html><head><title>支付宝</title></head><body><h1>系统繁忙，请稍后再试</h1></body></html>';

/** Alipay's gateway as far as bills need it, and the file server behind its addresses. */
export class AlipayGateway {
  constructor(
    private readonly core: Core,
    private readonly accounts: AlipayAccounts,
  ) {}

  /** Serves one call: checks, then the address of the file. */
  async serve(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
    const values = await readValues(request);
    const method = values.get('method') ?? '';
    if (this.core.faults.strikes('taobao', 'down', method)) return cut(request, reply);
    if (this.core.faults.strikes('taobao', 'html-200', method)) return reply.type('text/html;charset=utf-8').send(HTML);
    this.core.catchUp();
    const text = await this.answer(values, `http://${request.host}`);
    this.core.log.flush();
    return reply.type('application/json;charset=utf-8').send(text);
  }

  /** Serves a file as long as its address lives. */
  download(request: FastifyRequest, reply: FastifyReply): unknown {
    const query = request.query as Record<string, string | undefined>;
    const wish = { type: query.bizType, date: query.bizDates } as BillWish;
    const account = this.accounts.ofNumber(query.userId ?? '');
    const expires = Number(query.expires);
    const token = Buffer.from(query.token ?? '');
    const right = Buffer.from(this.tokenOf(query.userId ?? '', wish, expires));
    const shop = account && this.core.story.shop('taobao', account.shopId);
    if (!account || !shop || token.length !== right.length || !timingSafeEqual(token, right))
      return sendXml(request, reply, FORGED);
    if (this.core.clocks.wire('taobao') > expires) return sendXml(request, reply, EXPIRED);
    this.core.catchUp();
    const isBroken = this.core.faults.strikes('taobao', 'bill-broken') !== undefined;
    const { name, bytes } = billArchive(this.core, account, shop, wish, isBroken);
    this.core.log.flush();
    return reply
      .type('application/octet-stream')
      .header('content-disposition', `attachment; filename=${name}`)
      .send(bytes);
  }

  private async answer(values: Values, base: string): Promise<string> {
    const method = values.get('method') ?? '';
    const root = method === DOWNLOAD_METHOD ? rootOf(method) : UNKNOWN_METHOD_ROOT;
    const account = this.accounts.ofApp(values.get('app_id') ?? '');
    const isKnown = account !== undefined && method === DOWNLOAD_METHOD;
    const node = this.nodeOf(values, account, base);
    if (!isKnown && !SIGNS_UNKNOWN_CALLERS) return answerText(root, node, undefined);
    const { privateKey } = await this.accounts.platformKeys();
    return answerText(root, node, signText(node, privateKey));
  }

  private nodeOf(values: Values, account: AlipayAccount | undefined, base: string): string {
    try {
      const owner = this.admit(values, account);
      const wish = this.wishOf(values);
      this.checkReady(wish);
      return successNode({ bill_download_url: this.addressOf(owner, wish, base) });
    } catch (error) {
      if (error instanceof AlipayError) return errorNode(error);
      log.error({ err: error }, 'the Alipay part failed');
      return errorNode(
        new AlipayError(UNAVAILABLE.code, UNAVAILABLE.msg, 'isp.unknow-error', `simulator bug: ${String(error)}`),
      );
    }
  }

  /** The checks of the envelope, before the method's own. */
  private admit(values: Values, account: AlipayAccount | undefined): AlipayAccount {
    const method = values.get('method') ?? '';
    if (method === '') throw lacking('isv.missing-method', '缺少方法名参数');
    if (method !== DOWNLOAD_METHOD) throw wrong('isv.invalid-method', '不存在的方法名');
    if (!values.get('app_id')) throw lacking('isv.missing-app-id', '缺少AppID参数');
    if (!account) throw wrong('isv.invalid-app-id', '无效的AppID参数');
    if (!values.get('sign_type')) throw lacking('isv.missing-signature-type', '缺少签名类型参数');
    if (values.get('sign_type') !== 'RSA2') throw wrong('isv.invalid-signature-type', '无效的签名类型');
    const sign = values.get('sign') ?? '';
    if (sign === '') throw lacking('isv.missing-signature', '缺少签名参数');
    if (!isSignedBy(signedText(values), sign, account.publicKey))
      throw wrong('isv.invalid-signature', '验签出错，建议检查签名字符串或签名私钥与应用公钥是否匹配');
    this.checkTimestamp(values);
    if (values.get('version') !== '1.0') throw wrong('isv.invalid-version', '无效的版本号');
    if (!/^utf-8$/i.test(values.get('charset') ?? '')) throw wrong('isv.invalid-charset', '字符集错误');
    if (!/^json$/i.test(values.get('format') || 'JSON')) throw wrong('isv.invalid-format', '无效的数据格式');
    return account;
  }

  private checkTimestamp(values: Values): void {
    const text = values.get('timestamp') ?? '';
    if (text === '') throw lacking('isv.missing-timestamp', '缺少时间戳参数');
    const at = fromPlatformText(text);
    if (at === null || Math.abs(this.core.clocks.wire('taobao') - at) > MOST_SKEW_MS)
      throw wrong('isv.invalid-timestamp', '非法的时间戳参数');
  }

  private wishOf(values: Values): BillWish {
    const content = parse(values.get('biz_content') ?? '');
    const { bill_type: type, bill_date: date } = content;
    if (typeof type !== 'string' || typeof date !== 'string' || type === '' || date === '')
      throw lacking('isv.missing-arguments', 'bill_type和bill_date不能为空');
    if (type !== 'trade' && type !== 'signcustomer') throw wrong('isv.invalid-arguments', `不支持的bill_type ${type}`);
    if (spanOf(date) === null || date.slice(0, 7) < FIRST_MONTH)
      throw wrong('isv.invalid-arguments', `bill_date ${date} 不正确`);
    return { type, date };
  }

  /** Files come in story time; the fault lets one come later than it should. */
  private checkReady({ date }: BillWish): void {
    const isThere = this.core.now() >= readyAt(date, spanOf(date)!);
    if (isThere && this.core.faults.strikes('taobao', 'bill-not-ready', DOWNLOAD_METHOD) === undefined) return;
    throw new AlipayError(BUSINESS_FAILED.code, BUSINESS_FAILED.msg, BILL_NOT_THERE.subCode, BILL_NOT_THERE.subMsg);
  }

  private addressOf(account: AlipayAccount, wish: BillWish, base: string): string {
    const expires = this.core.clocks.wire('taobao') + URL_LIFE_MS;
    const query = new URLSearchParams({
      bizType: wish.type,
      userId: account.account,
      fileType: 'csv.zip',
      bizDates: wish.date,
      expires: String(expires),
      token: this.tokenOf(account.account, wish, expires),
    });
    return `${base}${DOWNLOAD_PATH}?${query.toString()}`;
  }

  /** Binds an address to its file and its end, over restarts too. */
  private tokenOf(account: string, wish: BillWish, expires: number): string {
    const text = `${account}|${wish.type}|${wish.date}|${expires}`;
    return createHmac('sha256', `bill-address:${this.core.config.seed}`).update(text).digest('hex');
  }
}

function parse(text: string): Record<string, unknown> {
  if (text === '') throw lacking('isv.missing-arguments', '缺少biz_content参数');
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch (error) {
    throw wrong('isv.invalid-arguments', `biz_content不是合法的JSON: ${String(error)}`);
  }
  throw wrong('isv.invalid-arguments', 'biz_content必须是JSON对象');
}

function sendXml(
  request: FastifyRequest,
  reply: FastifyReply,
  what: { status: number; code: string; message: string },
): FastifyReply {
  const text = `<?xml version="1.0" encoding="UTF-8"?>\n<Error>\n  <Code>${what.code}</Code>\n  <Message>${what.message}</Message>\n  <RequestId>${request.id}</RequestId>\n</Error>\n`;
  return reply.status(what.status).type('application/xml').send(text);
}

function cut(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  void reply.hijack();
  request.raw.socket.destroy();
  return reply;
}
