import { cancel, carrierStep, changeAddress, confirm, edit, memo, pay, setBlocked, ship, shipElsewhere } from './acts';
import type { Core } from './core';
import { EXCHANGE_ACTS } from './exchanges';
import { ActRefused, happen } from './happen';
import { isRefundWaiting, REFUND_ACTS } from './refunds';
import { splitOrder } from './split';
import type { OrderStory, PlanItem } from './story.types';

const PLANNED: Readonly<Record<string, (core: Core, order: OrderStory, item: PlanItem) => void>> = {
  pay: (core, order, { at }) => pay(core, order, at),
  cancel: (core, order, { at, note }) =>
    cancel(
      core,
      order,
      at,
      note === 'platform' ? 'platform' : 'buyer',
      note === 'platform' ? '未及时付款' : '不想买了',
    ),
  'ship-elsewhere': (core, order, { at }) => shipElsewhere(core, order, at),
  'ship-virtual': (core, order, { at }) =>
    ship(core, order, at, { by: 'platform', method: 'virtual', carrier: '', waybillNo: '' }),
  'ship-platform': (core, order, { at }) => shipElsewhere(core, order, at, 'platform'),
  collect: (core, order, { at, note }) => carrierStep(core, order, at, note, 'collect'),
  deliver: (core, order, { at, note }) => carrierStep(core, order, at, note, 'deliver'),
  sign: (core, order, { at, note }) => carrierStep(core, order, at, note, 'deliver'),
  confirm: (core, order, { at }) => confirm(core, order, at, 'buyer'),
  'auto-confirm': (core, order, { at }) => confirm(core, order, at, 'platform'),
  split: (core, order, { at }) => void splitOrder(core, order, at),
  remark: (core, order, { at, note }) => memo(core, order, at, { actor: 'buyer', text: note ?? '' }),
  'change-address': (core, order, { at, note }) =>
    changeAddress(core, order, at, { detail: note ?? '新地址8号楼2单元301' }),
  forbid: (core, order, { at }) => setBlocked(core, order, at, true),
  allow: (core, order, { at }) => setBlocked(core, order, at, false),
  touch: (core, order, { at }) => edit(core, order, at),
  urge: (core, order, { at }) =>
    happen(core, order, at, 'buyer urged shipping', { verb: 'urge', actor: 'buyer' }, (one) => {
      one.isUrged = true;
    }),
};

const CONFIRMS: readonly string[] = ['confirm', 'auto-confirm'];

/** Runs one planned act; an act that no longer fits the order's state falls away without effect. */
export function runPlanned(core: Core, order: OrderStory, item: PlanItem): void {
  core.story.change(order, (one) => {
    one.plan = one.plan.filter((each) => each !== item);
  });
  // The end of the after-sale plans the confirmation again.
  if (CONFIRMS.includes(item.act) && order.refunds.some(isRefundWaiting)) return;
  runNamed(core, order, item, true);
}

/** Runs an act by name. Throws ActRefused when the state does not allow it, unless `isQuiet`. */
export function runNamed(core: Core, order: OrderStory, item: PlanItem, isQuiet = false): void {
  const act = PLANNED[item.act] ?? REFUND_ACTS[item.act] ?? EXCHANGE_ACTS[item.act];
  if (!act) throw new ActRefused(`No act is named ${item.act}.`);
  try {
    act(core, order, item);
  } catch (error) {
    if (!isQuiet || !(error instanceof ActRefused)) throw error;
  }
}
