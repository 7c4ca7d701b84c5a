import { carrierStep, changeAddress, edit, memo, setBlocked, shipElsewhere } from '../core/acts';
import { runNamed } from '../core/act-table';
import type { Core } from '../core/core';
import { agreeMoney, finishAfterSale, reship } from '../core/exchanges';
import {
  agreeReturn,
  payRefund,
  refuseRefund,
  requestRefund,
  sendBack,
  withdrawRefund,
  type ReturnParcel,
} from '../core/refunds';
import type { OrderStory, Receiver, RefundKind } from '../core/story.types';
import { badRequest, notFound } from './control.errors';
import { instant, numberIn, optionalText, text, type Body } from './control.input';

const REFUND_KINDS: readonly RefundKind[] = ['refund', 'return', 'exchange', 'resend', 'repair'];

type ControlAct = (core: Core, order: OrderStory, body: Body, at: number) => void;

const RECEIVER_FIELDS: readonly (keyof Receiver)[] = [
  'name',
  'mobile',
  'state',
  'city',
  'district',
  'town',
  'detail',
  'zip',
];

function askRefund(core: Core, order: OrderStory, body: Body, at: number): void {
  const lineNo = optionalText(body, 'lineNo');
  const reason = optionalText(body, 'reason');
  const kind = optionalText(body, 'kind');
  if (kind !== undefined && !(REFUND_KINDS as readonly string[]).includes(kind))
    throw badRequest(`kind must be one of ${REFUND_KINDS.join(', ')}.`);
  requestRefund(core, order, at, {
    ...(lineNo === undefined ? {} : { lineNo }),
    ...(reason === undefined ? {} : { reason }),
    ...(kind === undefined ? {} : { kind: kind as RefundKind }),
    ...(body.amountFen === undefined ? {} : { amountFen: numberIn(body, 'amountFen', 1, 1e12) }),
    ...(body.force === true ? { isForced: true } : {}),
  });
}

function moveHouse(core: Core, order: OrderStory, body: Body, at: number): void {
  const changed: Partial<Receiver> = {};
  for (const field of RECEIVER_FIELDS) {
    const value = optionalText(body, field);
    if (value !== undefined) (changed as Record<string, string>)[field] = value;
  }
  changeAddress(
    core,
    order,
    at,
    Object.keys(changed).length > 0 ? changed : { detail: `改址花园${order.receiver.version + 1}栋101室` },
  );
}

function writeMemo(core: Core, order: OrderStory, body: Body, at: number): void {
  const actor = text(body, 'actor', 'seller');
  if (actor !== 'buyer' && actor !== 'seller') throw badRequest('actor must be buyer or seller.');
  const memoText = optionalText(body, 'memo');
  memo(core, order, at, {
    actor,
    ...(memoText === undefined ? {} : { text: memoText }),
    ...(body.flag === undefined ? {} : { flag: numberIn(body, 'flag', 0, 5) }),
  });
}

function lay(core: Core, order: OrderStory, body: Body, at: number): void {
  const raw = body.raw;
  if (raw !== undefined && (typeof raw !== 'object' || raw === null || Array.isArray(raw)))
    throw badRequest('raw must be an object of raw fields.');
  const modifiedAt = body.modifiedAt === undefined ? undefined : instant(body.modifiedAt, 'modifiedAt');
  edit(core, order, at, raw as Record<string, unknown> | undefined, modifiedAt);
}

function parcelOf(core: Core, order: OrderStory, body: Body): ReturnParcel {
  const carrierCode = optionalText(body, 'carrier');
  const waybillNo = optionalText(body, 'waybillNo');
  if (carrierCode !== undefined && !core.part(order.platform).carriers.some((one) => one.code === carrierCode))
    throw badRequest(`No carrier has the code ${carrierCode}.`);
  return { ...(carrierCode === undefined ? {} : { carrierCode }), ...(waybillNo === undefined ? {} : { waybillNo }) };
}

const sendNow: ControlAct = (core, order, body, at) =>
  sendBack(core, order, at, optionalText(body, 'refundNo'), parcelOf(core, order, body));

const reshipNow: ControlAct = (core, order, body, at) =>
  reship(core, order, at, optionalText(body, 'refundNo'), parcelOf(core, order, body));

const planned =
  (act: string): ControlAct =>
  (core, order, body, at) =>
    runNamed(core, order, { at, act, note: optionalText(body, 'note') ?? '' });

const ACTS: Readonly<Record<string, ControlAct>> = {
  pay: planned('pay'),
  cancel: planned('cancel'),
  'request-refund': askRefund,
  'withdraw-refund': (core, order, body, at) => withdrawRefund(core, order, at, optionalText(body, 'refundNo')),
  'grant-refund': (core, order, body, at) => payRefund(core, order, at, optionalText(body, 'refundNo')),
  'refuse-refund': (core, order, body, at) => refuseRefund(core, order, at, optionalText(body, 'refundNo')),
  'agree-return': (core, order, body, at) => agreeReturn(core, order, at, optionalText(body, 'refundNo')),
  'send-back': sendNow,
  reship: reshipNow,
  'finish-after-sale': (core, order, body, at) => finishAfterSale(core, order, at, optionalText(body, 'refundNo')),
  'agree-money': (core, order, body, at) => agreeMoney(core, order, at, optionalText(body, 'refundNo')),
  memo: writeMemo,
  'change-address': moveHouse,
  collect: (core, order, body, at) => carrierStep(core, order, at, optionalText(body, 'waybillNo'), 'collect'),
  sign: (core, order, body, at) => carrierStep(core, order, at, optionalText(body, 'waybillNo'), 'deliver'),
  confirm: planned('confirm'),
  urge: planned('urge'),
  split: planned('split'),
  edit: lay,
  'ship-elsewhere': (core, order, _body, at) => shipElsewhere(core, order, at),
  forbid: (core, order, _body, at) => setBlocked(core, order, at, true),
  allow: (core, order, _body, at) => setBlocked(core, order, at, false),
};

/** Does an act to an order, now. */
export function actOn(core: Core, platform: string, no: string, act: string, body: Body): OrderStory {
  const order = core.story.order(platform, no);
  if (!order) throw notFound(`No order ${no} exists on ${platform}.`);
  const run = ACTS[act];
  if (!run) throw notFound(`No act is named ${act}; known: ${Object.keys(ACTS).join(', ')}.`);
  run(core, order, body, core.now());
  return order;
}
