import { createHmac } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import type { Core } from '../../../core/core';
import { MINUTE } from '../../../core/times';
import { read, shopOf, type Call, type MethodTable } from '../method';
import { business, refuse } from '../pop-error';
import { isEqual } from '../sign';
import { billFile, dayStart, isReady } from './bill-file';

const PATH = '/pinduoduo/bill';

/** Left open by the sheet: how long an address lives, in wire time. */
const URL_LIFE_MS = 5 * MINUTE;

/** Binds an address to its file and its end, over restarts too. */
function tokenOf(core: Core, shopId: string, date: string, expires: string): string {
  const key = `pinduoduo:bill-address:${core.config.seed}`;
  return createHmac('sha256', key).update(`${shopId}|${date}|${expires}`).digest('hex');
}

function url(call: Call): Record<string, unknown> {
  const date = call.params.required('bill_date');
  const from = dayStart(date);
  if (from === null) throw refuse(10_000, 'bill_date 必须是 yyyy-MM-dd');
  const isThere = isReady(call.core, from) && !call.core.faults.strikes('pinduoduo', 'bill-not-ready', call.method);
  if (!isThere) throw business('账单尚未生成');
  const { shopId } = shopOf(call);
  const expires = String(call.core.clocks.wire('pinduoduo') + URL_LIFE_MS);
  const query = new URLSearchParams({ expires, token: tokenOf(call.core, shopId, date, expires) });
  return { download_url: `${call.base}${PATH}/${shopId}/pdd-mall-bill-detail(${date}).csv?${query.toString()}` };
}

/** The address of a day's bill (Pinduoduo sheet §12). */
export const billMethods: MethodTable = {
  'pdd.finance.balance.daily.bill.url.get': read('finance_balance_daily_bill_url_get_response', url),
};

/** Serves the files behind the addresses. */
export function registerBills(server: FastifyInstance, core: Core): void {
  server.get<{ Params: { shopId: string; file: string } }>(`${PATH}/:shopId/:file`, async (request, reply) => {
    const { shopId, file } = request.params;
    const date = /^pdd-mall-bill-detail\((\d{4}-\d{2}-\d{2})\)\.csv$/.exec(file)?.[1] ?? '';
    const { expires = '', token = '' } = request.query as Record<string, string | undefined>;
    if (date === '' || !isEqual(token, tokenOf(core, shopId, date, expires)))
      return reply.status(403).type('text/plain').send('SignatureDoesNotMatch');
    if (core.clocks.wire('pinduoduo') > Number(expires)) return reply.status(403).type('text/plain').send('Expired');
    core.catchUp();
    const bytes = billFile(core, shopId, date, core.faults.strikes('pinduoduo', 'bill-broken') !== undefined);
    core.log.flush();
    return reply
      .type('application/octet-stream')
      .header('content-disposition', `attachment; filename="${file}"`)
      .send(bytes);
  });
}
