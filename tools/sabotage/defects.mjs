import { AFTER_SALE_DEFECTS } from './defects.after-sales.mjs';
import { ARRIVAL_DEFECTS } from './defects.arrivals.mjs';
import { DOUYIN_DEFECTS } from './defects.douyin.mjs';
import { GOODS_DEFECTS } from './defects.goods.mjs';
import { JD_DEFECTS } from './defects.jd.mjs';
import { ORDER_DEFECTS } from './defects.orders.mjs';
import { PINDUODUO_DEFECTS } from './defects.pinduoduo.mjs';
import { SETTLEMENT_DEFECTS } from './defects.settlement.mjs';
import { SHARED_DEFECTS } from './defects.shared.mjs';
import { SYNC_DEFECTS } from './defects.sync.mjs';
import { TAOBAO_DEFECTS } from './defects.taobao.mjs';

/**
 * The planted mistakes: {id, title, patches: [{file, find, replace}], project, spec, test?}. Each compiles and leaves the
 * ordinary path working. `test` narrows a file of many tests to the one that shall turn red.
 */
export const DEFECTS = [
  ...SHARED_DEFECTS,
  ...TAOBAO_DEFECTS,
  ...JD_DEFECTS,
  ...PINDUODUO_DEFECTS,
  ...DOUYIN_DEFECTS,
  ...ARRIVAL_DEFECTS,
  ...ORDER_DEFECTS,
  ...GOODS_DEFECTS,
  ...SYNC_DEFECTS,
  ...SETTLEMENT_DEFECTS,
  ...AFTER_SALE_DEFECTS,
];
