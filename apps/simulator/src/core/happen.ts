import type { Core } from './core';
import { wholeSecond } from './times';
import type { OrderState, OrderStory, StoryStep } from './story.types';

/** Why an act cannot happen now. */
export class ActRefused extends Error {}

/** A step before its instant and order are known. */
export type Step = Omit<StoryStep, 'order' | 'at'>;

/** Changes an order at an instant: sets modifiedAt where the platform does, tells the story in words, and informs listeners. */
export function happen(
  core: Core,
  order: OrderStory,
  at: number,
  words: string,
  step: Step,
  edit: (order: OrderStory) => void,
): void {
  const { modifiedBy } = core.part(order.platform);
  const before = modifiedBy?.(order);
  core.story.change(
    order,
    (one) => {
      edit(one);
      if (step.verb === 'edit' || modifiedBy === undefined || modifiedBy(one) !== before)
        one.modifiedAt = Math.max(wholeSecond(at), one.modifiedAt);
      one.told.push(words);
    },
    { ...step, at },
  );
}

/** Throws ActRefused unless the order is in one of the states. */
export function need(order: OrderStory, states: readonly OrderState[], act: string): void {
  if (!states.includes(order.state))
    throw new ActRefused(`Order ${order.no} is ${order.state}; ${act} needs ${states.join(' or ')}.`);
}

/** Lines that are neither refunded nor cancelled. */
export const openLines = (order: OrderStory) =>
  order.lines.filter((line) => line.state !== 'closed' && line.state !== 'cancelled');

/** Recomputes the order's state after its lines changed. */
export function settleState(order: OrderStory): void {
  const open = openLines(order);
  if (open.length === 0) {
    order.state = order.paidAt === undefined ? 'cancelled' : 'closed';
    order.plan = [];
    return;
  }
  if (!['paid', 'part_shipped', 'shipped'].includes(order.state)) return;
  const shipped = open.filter((line) => line.state === 'shipped').length;
  const isTouched = open.some((line) => line.shippedQuantity > 0);
  if (shipped === open.length) order.state = 'shipped';
  else if (isTouched) order.state = 'part_shipped';
}
