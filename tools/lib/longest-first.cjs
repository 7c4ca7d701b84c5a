/**
 * Test files that take long, the longest first: what starts last must not keep one worker busy alone. Orders of
 * magnitude are enough; a file that is not named comes after these, the larger one first.
 */
const LONG = [
  'test/e2e/soak.e2e-spec.ts',
  'test/e2e/killed.e2e-spec.ts',
  'test/e2e/census.e2e-spec.ts',
  'test/e2e/bench.e2e-spec.ts',
  'test/e2e/faults.e2e-spec.ts',
  'test/facts/kill.e2e-spec.ts',
  'test/e2e/whole-way-separate.e2e-spec.ts',
  'test/e2e/whole-way-all-in-one.e2e-spec.ts',
  'test/e2e/platforms.e2e-spec.ts',
  'test/gates/start.e2e-spec.ts',
  'test/e2e/idempotency.e2e-spec.ts',
  'test/e2e/bills.e2e-spec.ts',
  'apps/sync-worker/src/push-rule/push-rule.api-spec.ts',
  'apps/sync-worker/src/worklists.api-spec.ts',
  'apps/sync-worker/src/state/state.api-spec.ts',
  'apps/sync-worker/src/work/fairness.api-spec.ts',
  'apps/sync-worker/src/after-sales.api-spec.ts',
  'apps/simulator/src/core/durability.spec.ts',
  'apps/simulator/src/platforms/taobao/tmc/tmc.spec.ts',
  'apps/simulator/src/platforms/taobao/alipay/alipay.spec.ts',
  'apps/simulator/src/platforms/pinduoduo/pmc/pmc.spec.ts',
  'apps/orders/src/after-sale/refund.spec.ts',
];

const rankOf = ({ path }) => {
  const index = LONG.findIndex((name) => path.endsWith(`/${name}`));
  return index < 0 ? LONG.length : index;
};
const sizeOf = ({ context, path }) => context.hasteFS.getSize(path) ?? 0;

/** Jest's order of test files: the same in every run, whatever runs came before. */
module.exports = class LongestFirst {
  static LONG = LONG;

  sort(tests) {
    const bySize = (a, b) => sizeOf(b) - sizeOf(a) || (a.path < b.path ? -1 : 1);
    return [...tests].sort((a, b) => rankOf(a) - rankOf(b) || bySize(a, b));
  }

  shard(tests) {
    return tests;
  }

  allFailedTests(tests) {
    return tests;
  }

  cacheResults() {}
};
