import { createHmac } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import type { Core } from '../../../core/core';
import { HOUR, SECOND } from '../../../core/times';
import { wireNow } from '../../../core/wire';
import type { Call } from '../method';
import type { RequestMemory } from '../request-memory';
import { isSameSign } from '../sign';
import { accountRows } from './account-rows';
import { settleLines } from './settle-lines';
import { accountFile, settleFile } from './settle-view';

/** An address of a file lives this long on the wire clock (Douyin sheet §12.1). */
const LIFE_MS = HOUR;

const signOf = (core: Core, downloadId: string, expires: string): string =>
  createHmac('sha256', `douyin-file:${core.config.seed}`).update(`${downloadId}:${expires}`).digest('hex');

/** A signed, short-lived address of a file. */
export function fileAddress(call: Call, downloadId: string): string {
  const expires = String(Math.floor((wireNow() + LIFE_MS) / SECOND));
  const sign = signOf(call.core, downloadId, expires);
  return `${call.origin}/douyin-files/${downloadId}.csv?x-expires=${expires}&x-signature=${sign}`;
}

/** The files behind the addresses. The fault `bill-broken` cuts one off in the middle. */
export function serveFiles(server: FastifyInstance, core: Core, memory: RequestMemory): void {
  server.get<{ Params: { name: string } }>('/douyin-files/:name', async (request, reply) => {
    const downloadId = request.params.name.replace(/\.csv$/, '');
    const { 'x-expires': expires = '', 'x-signature': sign = '' } = request.query as Record<string, string>;
    const download = memory.download(downloadId);
    const isRight = isSameSign(sign, signOf(core, downloadId, expires)) && Number(expires) * SECOND > wireNow();
    if (!download || !isRight)
      return reply.status(403).type('application/xml').send('<Error><Code>AccessDenied</Code></Error>');
    core.catchUp();
    const { from, to } = download.query as { from: number; to: number };
    const text =
      download.kind === 'settle'
        ? settleFile(settleLines(core, download.shopId, from, to))
        : accountFile(accountRows(core, download.shopId, from, to));
    const isBroken = core.faults.strikes('douyin', 'bill-broken') !== undefined;
    core.log.flush();
    return reply.type('text/csv; charset=utf-8').send(isBroken ? text.slice(0, Math.floor(text.length * 0.7)) : text);
  });
}
