import { gzipSync } from 'node:zlib';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Core } from '../core/core';

/** The text fields of a request by name. */
export type Values = Map<string, string>;

/** Query string and form or multipart body, merged; files are left out. The body wins. A JSON body is not looked at. */
export async function readValues(request: FastifyRequest): Promise<Values> {
  const values: Values = new Map();
  const take = (source: unknown): void => {
    for (const [name, value] of Object.entries((source ?? {}) as Record<string, unknown>)) {
      const one = Array.isArray(value) ? value[0] : value;
      if (typeof one === 'string') values.set(name, one);
    }
  };
  take(request.query);
  if (!request.isMultipart()) {
    take(request.body);
    return values;
  }
  for await (const part of request.parts()) {
    if (part.type === 'file') part.file.resume();
    else if (typeof part.value === 'string') values.set(part.fieldname, part.value);
  }
  return values;
}

/** What a gateway answers. `isLost`: the work was done and the connection breaks before the answer. */
export interface WireAnswer {
  text: string;
  isLost: boolean;
}

/** One request at a gateway. */
export interface WireCall {
  core: Core;
  platform: string;
  /** Faults may be set for this method alone. */
  method: string;
  /** The page that a proxy shows instead of the answer (fault `html-200`). */
  html: string;
  contentType: string;
  answer(): WireAnswer;
}

/** Small answers gain nothing from compression. */
const LEAST_GZIP_CHARS = 1_024;

/**
 * Serves one request with the faults of the wire around it: `down` cuts the connection, `html-200` shows a page,
 * `broken-gzip` ends in the middle. The story is moved on before the answer and is on disk when the answer leaves. The
 * `Date` header tells the platform's wire clock.
 */
export function serveWire(request: FastifyRequest, reply: FastifyReply, call: WireCall): FastifyReply {
  const { core, platform, method } = call;
  if (core.faults.strikes(platform, 'down', method)) return cut(request, reply);
  void reply.header('date', new Date(core.clocks.wire(platform)).toUTCString());
  if (core.faults.strikes(platform, 'html-200', method)) return reply.type('text/html;charset=utf-8').send(call.html);
  core.catchUp();
  const { text, isLost } = call.answer();
  core.log.flush();
  if (isLost) return cut(request, reply);
  void reply.type(call.contentType);
  if (core.faults.strikes(platform, 'broken-gzip', method)) return sendBroken(reply, text);
  const accepts = String(request.headers['accept-encoding'] ?? '').includes('gzip');
  if (!accepts || text.length < LEAST_GZIP_CHARS) return reply.send(text);
  return reply.header('content-encoding', 'gzip').send(gzipSync(text, { level: 1 }));
}

/**
 * The write was done, but the caller does not learn it (fault `timeout-after-write`): half of the time the connection
 * breaks, half of the time the platform tells of a time-out.
 */
export function loseAnswer(core: Core, platform: string, method: string): 'cut' | 'error' | undefined {
  const { faults } = core;
  if (!faults.strikes(platform, 'timeout-after-write', method)) return undefined;
  return faults.chance(platform, 'timeout-after-write').hits(0.5) ? 'cut' : 'error';
}

/** Breaks the connection without an answer. */
export function cut(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  void reply.hijack();
  request.raw.socket.destroy();
  return reply;
}

/** A gzip body that ends in the middle. */
function sendBroken(reply: FastifyReply, text: string): FastifyReply {
  const packed = gzipSync(text);
  return reply.header('content-encoding', 'gzip').send(packed.subarray(0, Math.max(12, packed.length >> 1)));
}
