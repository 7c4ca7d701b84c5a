/**
 * The slow rival of B1: the orders service itself, but every order of a page in a transaction of its own. Started like the
 * service's main file; nothing else differs, so the difference is what storing a page at a time is worth.
 */
const { join } = require('node:path');

const app = join(__dirname, '../../../dist/apps/orders/src');
const { BatchService } = require(join(app, 'intake/batch.service.js'));
const { runMain } = require(join(__dirname, '../../../dist/libs/shared/src/index.js'));
const { start } = require(join(app, 'main.js'));

const storePage = BatchService.prototype.storeOrBisect;
if (typeof storePage !== 'function') throw new Error('BatchService stores pages in another way; adapt this rival.');
BatchService.prototype.storeOrBisect = async function storeOneByOne(kind, shop, items, ...more) {
  for (const item of items) await storePage.call(this, kind, shop, [item], ...more);
};

runMain(start);
