import type { Core } from './core';
import { DAY, HOUR, MINUTE } from './times';
import type { NoticeStory, OrderStory, PlanItem } from './story.types';

/** What a paid order's buyer (and its platform) will do, by the kind of its story. */
export function afterPaid(core: Core, order: OrderStory, at: number): PlanItem[] {
  const chance = core.chance(`${order.no}:paid`);
  const plan: PlanItem[] = [];
  const add = (act: string, low: number, high: number, unit: number, note?: string) =>
    plan.push({ at: at + chance.int(low, high) * unit, act, ...(note === undefined ? {} : { note }) });
  const isPaperOnly = order.lines.every((line) => line.isNoStock) && core.part(order.platform).shipsPriceDifferences;
  if (order.isVirtual || isPaperOnly) add('ship-virtual', 1, 5, MINUTE);
  if (order.kind === 'platform_shipped') add('ship-platform', 2, 10, HOUR);
  if (order.kind === 'refund_soon') add('ask-refund', 1, 20, MINUTE, '拍错了');
  if (order.kind === 'refund_late') add('ask-refund', 40, 240, MINUTE, '不想要了');
  if (order.kind === 'refund_line') add('ask-refund-line', 2, 40, MINUTE, '多拍了一件');
  if (order.kind === 'refund_partial') add('ask-refund-part', 5, 90, MINUTE, '少件补偿');
  if (order.kind === 'refund_withdrawn') add('ask-refund', 5, 40, MINUTE, '想改颜色');
  if (order.kind === 'buyer_remark') add('remark', 1, 15, MINUTE, '请尽快发货，送人用，不要放价格单');
  if (order.kind === 'address_change') add('change-address', 3, 40, MINUTE, '幸福小区12栋3单元502室');
  if (order.kind === 'blocked') add('allow', 1, 6, HOUR);
  if (order.kind === 'ship_elsewhere') add('ship-elsewhere', 1, 5, HOUR);
  if (order.kind === 'urged') add('urge', 3, 10, HOUR);
  if (canSplit(core, order)) plan.push({ at: at + core.chance(`${order.no}:split`).int(1, 5) * MINUTE, act: 'split' });
  return plan;
}

/** Stories in which nothing else happens before the goods leave. */
const PLAIN: readonly OrderStory['kind'][] = ['ordinary', 'quantities'];

function canSplit(core: Core, order: OrderStory): boolean {
  const { splitShare = 0 } = core.part(order.platform);
  return PLAIN.includes(order.kind) && order.lines.length > 1 && core.chance(`${order.no}:splits`).hits(splitShare);
}

/** What happens to a refund of money alone after it was asked. */
export function afterAsked(core: Core, order: OrderStory, refundNo: string, at: number): PlanItem {
  const chance = core.chance(`${refundNo}:asked`);
  if (order.kind === 'refund_withdrawn')
    return { at: at + chance.int(20, 120) * MINUTE, act: 'withdraw-refund', note: refundNo };
  if (order.kind === 'refund_refused')
    return { at: at + chance.int(3, 20) * HOUR, act: 'refuse-refund', note: refundNo };
  return { at: at + chance.int(3, 9) * HOUR, act: 'grant-refund', note: refundNo };
}

/** The way of a parcel after its notice. */
export function afterShipped(core: Core, order: OrderStory, notice: NoticeStory, at: number): PlanItem[] {
  if (notice.waybillNo === '')
    return [{ at: at + core.chance(`${order.no}:confirm`).int(2, 14) * HOUR, act: 'confirm' }];
  const chance = core.chance(`${order.no}:${notice.waybillNo}`);
  const collected = at + chance.int(20, 180) * MINUTE;
  const delivered = at + chance.int(6, 18) * HOUR;
  const plan: PlanItem[] = [
    { at: collected, act: 'collect', note: notice.waybillNo },
    { at: delivered, act: 'deliver', note: notice.waybillNo },
  ];
  // Before the parcel can arrive, so that somebody has to stop it.
  if (order.kind === 'refund_shipped')
    plan.push({ at: at + chance.int(60, 330) * MINUTE, act: 'ask-refund', note: '不想要了' });
  if (order.state === 'shipped') plan.push({ at: at + 10 * DAY, act: 'auto-confirm' });
  return plan;
}

/** What the buyer does with a parcel that arrived: most confirm, some want something else first. */
export function afterDelivered(core: Core, order: OrderStory, at: number): PlanItem[] {
  const hours = core.chance(`${order.no}:confirm`).int(2, 14);
  const act = (name: string, note?: string): PlanItem[] => [
    { at: at + hours * HOUR, act: name, ...(note === undefined ? {} : { note }) },
  ];
  if (order.kind === 'return_goods' || order.kind === 'return_withdrawn') return act('ask-return');
  if (order.kind === 'exchange_goods') return act('ask-exchange');
  if (order.kind === 'resend_goods') return act('ask-resend');
  if (order.kind === 'repair_goods') return act('ask-repair');
  if (order.kind === 'refund_partial_shipped') return act('ask-refund-part', '商品有瑕疵');
  if (order.kind === 'refund_refused') return act('ask-refund-line', '与描述不符');
  return order.state === 'shipped' ? act('confirm') : [];
}

/** After-sales of orders whose money has moved already. */
export function afterCompleted(core: Core, order: OrderStory, at: number): PlanItem[] {
  const chance = core.chance(`${order.no}:completed`);
  const due = at + chance.int(12, 120) * HOUR;
  if (order.kind === 'return_completed') return [{ at: due, act: 'ask-return' }];
  if (order.kind !== 'refund_completed') return [];
  return [{ at: due, act: chance.hits(0.5) ? 'ask-refund-part' : 'ask-refund-line', note: '用了几天有质量问题' }];
}
