/** The rival of B11: BullMQ alone with an empty processor, in a process of its own. */
const { createServer } = require('node:http');
const { Worker } = require('bullmq');
const Redis = require('ioredis');

const { REDIS_URL, REDIS_PREFIX, PORT, CONCURRENCY } = process.env;
const connection = new Redis(REDIS_URL, { maxRetriesPerRequest: null });
const worker = new Worker('noop', async () => undefined, {
  connection,
  prefix: REDIS_PREFIX,
  concurrency: Number(CONCURRENCY),
  lockDuration: 6_000,
  stalledInterval: 2_000,
});
worker.on('error', (error) => process.stderr.write(`${error.stack}\n`));
createServer((_, response) => response.end('ready')).listen(Number(PORT), '127.0.0.1');
