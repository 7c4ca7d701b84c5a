import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { AppError } from '../errors/app-error';

const RAW = Symbol('raw body');

/** The body of a request as it came, on a path that keeps it; empty elsewhere. */
export function rawBodyOf(request: FastifyRequest): Buffer {
  return (request as { [RAW]?: Buffer })[RAW] ?? Buffer.alloc(0);
}

/**
 * Keeps bodies under some paths as they came, whatever they say of themselves: others sign the bytes, and who cannot
 * prove who he is shall not even reach a parser. The handler sees an empty object as its parsed body.
 */
export function keepRawBodies(fastify: FastifyInstance, prefixes: readonly string[], limit: number): void {
  if (prefixes.length === 0) return;
  fastify.addHook('preParsing', async (request, _reply, payload) => {
    if (!prefixes.some((prefix) => request.url.startsWith(prefix))) return payload;
    const parts: Buffer[] = [];
    let size = 0;
    for await (const part of payload) {
      size += (part as Buffer).length;
      if (size > limit)
        throw new AppError('BODY_TOO_LARGE', `The body has more than ${limit} bytes; send it in smaller parts.`);
      parts.push(part as Buffer);
    }
    Object.assign(request, { [RAW]: Buffer.concat(parts) });
    request.headers['content-type'] = 'application/json';
    return Object.assign(Readable.from([Buffer.from('{}')]), { receivedEncodedLength: size });
  });
}
