/**
 * The rival of B3: one plain BullMQ queue for all shops, first in first out, in a process of its own. Its job is lighter
 * than ours: the same signed call for one order through the same adapter, and nothing is stored.
 */
const { createServer } = require('node:http');
const { join } = require('node:path');
const { Worker } = require('bullmq');
const Redis = require('ioredis');

const { REDIS_URL, REDIS_PREFIX, PORT, CONCURRENCY } = process.env;
const { PlatformRegistry } = require(join(__dirname, '../../../dist/libs/platforms/src/index.js'));

async function main() {
  const registry = await PlatformRegistry.load();
  const connection = new Redis(REDIS_URL, { maxRetriesPerRequest: null });
  const now = () => new Date();
  const worker = new Worker(
    'fifo',
    async ({ data: { platform, shop, platformOrderNo } }) => {
      await registry.get(platform).port.orderDetail({ shop, wireNow: now, storyNow: now }, platformOrderNo);
      return Date.now();
    },
    { connection, prefix: REDIS_PREFIX, concurrency: Number(CONCURRENCY) },
  );
  worker.on('error', (error) => process.stderr.write(`${error.stack}\n`));
  createServer((_, response) => response.end('ready')).listen(Number(PORT), '127.0.0.1');
}

void main();
