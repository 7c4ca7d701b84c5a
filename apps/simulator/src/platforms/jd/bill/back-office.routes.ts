import type { FastifyInstance } from 'fastify';
import type { Core } from '../../../core/core';
import { dayStart, isReady, settlementFile } from './settlement-file';

/**
 * What a clerk downloads in the merchant's back office; JD has no call for it (JD sheet §12.3). There is no login here,
 * the address stands for the clerk.
 */
export function registerBackOffice(server: FastifyInstance, core: Core): void {
  server.get<{ Params: { shopId: string; file: string } }>(
    '/jd/back-office/settlement/:shopId/:file',
    async (request, reply) => {
      const { shopId, file } = request.params;
      const from = dayStart(/^(\d{4}-\d{2}-\d{2})\.csv$/.exec(file)?.[1] ?? '');
      if (from === null || !core.story.shop('jd', shopId))
        return reply.status(404).type('text/plain;charset=utf-8').send('页面不存在');
      core.catchUp();
      const isMissing = !isReady(core, from) || core.faults.strikes('jd', 'bill-not-ready') !== undefined;
      if (isMissing) return reply.status(404).type('text/plain;charset=utf-8').send('账单尚未生成');
      const bytes = settlementFile(core, shopId, from, core.faults.strikes('jd', 'bill-broken') !== undefined);
      core.log.flush();
      return reply
        .type('application/octet-stream')
        .header('content-disposition', `attachment; filename="settlement_${shopId}_${file}"`)
        .send(bytes);
    },
  );
}
