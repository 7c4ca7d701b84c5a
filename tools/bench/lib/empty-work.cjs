/**
 * What B11 measures: the sync-worker by its own main file, in which work of kind "order" does nothing. Reading the reference,
 * claiming the row, keeping and ending the claim stay as they are.
 */
const { join } = require('node:path');

const dist = join(__dirname, '../../../dist');
const { WorkHandlers } = require(join(dist, 'apps/sync-worker/src/work/work.handlers.js'));
const { runMain } = require(join(dist, 'libs/shared/src/index.js'));
const { start } = require(join(dist, 'apps/sync-worker/src/main.js'));

const handlerOf = WorkHandlers.prototype.of;
const empty = { run: async () => ({ kind: 'done' }) };
WorkHandlers.prototype.of = function of(kind) {
  return kind === 'order' ? empty : handlerOf.call(this, kind);
};

runMain(start);
