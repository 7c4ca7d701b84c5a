import { randomInt } from 'node:crypto';
import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { createConnection, createServer } from 'node:net';
import { commandOf } from './processes.mjs';

/** True when nothing listens on the port of the address. */
export function isFree(port, host = '127.0.0.1') {
  return new Promise((done) => {
    const server = createServer();
    server.once('error', () => done(false));
    server.listen({ port, host, exclusive: true }, () => server.close(() => done(true)));
  });
}

/** True when something accepts a connection. */
export function answers(port, host = '127.0.0.1', timeoutMs = 1000) {
  return new Promise((done) => {
    const socket = createConnection({ port, host });
    const end = (result) => {
      socket.destroy();
      done(result);
    };
    socket.setTimeout(timeoutMs, () => end(false));
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
  });
}

/**
 * The preferred port when it is free, else a free one between 20000 and 32000: below the range from
 * which Linux takes ports for outgoing connections, so that nobody is likely to take it later.
 */
export async function freePort(preferred) {
  if (preferred && (await isFree(preferred))) return preferred;
  for (let tries = 0; tries < 200; tries += 1) {
    const port = randomInt(20000, 32000);
    if (await isFree(port)) return port;
  }
  throw new Error('No free port between 20000 and 32000 was found in 200 tries.');
}

/** "node main.js (process 123)" for the process that listens on the port, where the system tells. */
export function listenerOf(port) {
  const inodes = new Set();
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    for (const line of readLines(table)) {
      const fields = line.trim().split(/\s+/);
      const isListening = fields[3] === '0A';
      if (isListening && parseInt(fields[1]?.split(':')[1] ?? '', 16) === port) inodes.add(fields[9]);
    }
  }
  if (inodes.size === 0) return undefined;
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    for (const link of socketsOf(pid)) {
      if (inodes.has(link.slice('socket:['.length, -1))) {
        return { pid: Number(pid), command: commandOf(Number(pid)) ?? '?' };
      }
    }
  }
  return undefined;
}

function readLines(path) {
  try {
    return readFileSync(path, 'utf8').split('\n');
  } catch {
    return [];
  }
}

function socketsOf(pid) {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      try {
        const link = readlinkSync(`/proc/${pid}/fd/${fd}`);
        return link.startsWith('socket:[') ? [link] : [];
      } catch {
        return [];
      }
    });
  } catch {
    return [];
  }
}
