import { happen } from '../../../core/happen';
import { ship } from '../../../core/acts';
import { DAY } from '../../../core/times';
import type { OrderStory } from '../../../core/story.types';
import { id, list } from '../envelope';
import { TAOBAO_CARRIERS } from '../numbers';
import { appCall, write, type Call, type MethodTable } from '../method';
import { checkState, checkWaybill, consignError, linesToShip, orderToShip } from './consign-rules';

type Row = Record<string, unknown>;

const done = { shipping: { is_success: true } };

/** Own shipping in 50 days at most may still be changed (Taobao sheet §9.1). */
const RESEND_WITHIN_MS = 50 * DAY;

const whole = (order: OrderStory, lines: readonly { no: string; quantity: number; shippedQuantity: number }[]) =>
  lines.map((line) => ({ no: line.no, quantity: line.quantity - line.shippedQuantity }));

function offlineSend(call: Call): Row {
  const carrier = call.params.required('company_code');
  // Present but empty is a business refusal (B59); absent is a missing parameter.
  const waybillNo = call.params.raw('out_sid') === '' ? '' : call.params.required('out_sid');
  const order = orderToShip(call, 'offline');
  if (order.isVirtual) throw consignError('offline', 'B98');
  checkState('offline', order);
  const lines = linesToShip(call, 'offline', order, 50);
  checkWaybill(call, 'offline', order, carrier, waybillNo);
  ship(call.core, order, call.at, { by: 'api', method: call.method, carrier, waybillNo, lines: whole(order, lines) });
  call.waybills.use(waybillNo, order);
  return done;
}

function onlineSend(call: Call): Row {
  const carrier = call.params.required('company_code');
  const waybillNo = call.params.text('out_sid');
  const order = orderToShip(call, 'online');
  if (order.isVirtual) throw consignError('online', 'B98');
  checkState('online', order);
  const lines = linesToShip(call, 'online', order, 20);
  if (waybillNo === undefined) {
    // Without a number the trade's state stays until the confirmation (Taobao sheet §9.1).
    call.core.story.change(order, (one) => {
      one.pendingNotice = { carrier, lines: lines.map((line) => line.no) };
    });
    return done;
  }
  checkWaybill(call, 'online', order, carrier, waybillNo);
  ship(call.core, order, call.at, { by: 'api', method: call.method, carrier, waybillNo, lines: whole(order, lines) });
  call.waybills.use(waybillNo, order);
  return done;
}

function onlineConfirm(call: Call): Row {
  const waybillNo = call.params.required('out_sid');
  const order = orderToShip(call, 'online');
  checkState('online', order);
  const pending = order.pendingNotice;
  if (!pending) throw consignError('online', 'P02');
  checkWaybill(call, 'online', order, pending.carrier, waybillNo);
  const lines = order.lines.filter((line) => pending.lines.includes(line.no));
  ship(call.core, order, call.at, {
    by: 'api',
    method: call.method,
    carrier: pending.carrier,
    waybillNo,
    lines: whole(order, lines),
  });
  call.waybills.use(waybillNo, order);
  return done;
}

function dummySend(call: Call): Row {
  const order = orderToShip(call, 'dummy');
  checkState('dummy', order);
  ship(call.core, order, call.at, { by: 'api', method: call.method, carrier: '', waybillNo: '' });
  return done;
}

function resend(call: Call): Row {
  const carrier = call.params.required('company_code');
  const waybillNo = call.params.required('out_sid');
  const order = orderToShip(call, 'resend');
  const wanted = call.params.names('sub_tid');
  const notice = order.notices
    .filter((one) => wanted.length === 0 || one.lines.some((line) => wanted.includes(line.no)))
    .at(-1);
  if (!notice) throw consignError('resend', 'CD19');
  if (order.state === 'completed' || order.state === 'closed') throw consignError('resend', 'B02');
  if (call.at - notice.at > RESEND_WITHIN_MS) throw consignError('resend', 'P08');
  if (notice.carrier === carrier && notice.waybillNo === waybillNo) throw consignError('resend', 'P07');
  checkWaybill(call, 'resend', order, carrier, waybillNo);
  const old = notice.waybillNo;
  happen(call.core, order, call.at, 'waybill number changed', { verb: 'resend', actor: 'seller', notice }, (one) => {
    notice.carrier = carrier;
    notice.waybillNo = waybillNo;
    for (const line of one.lines) {
      if (!notice.lines.some((each) => each.no === line.no)) continue;
      line.carrier = carrier;
      line.waybillNo = waybillNo;
    }
    for (const item of one.plan) if (item.note === old) item.note = waybillNo;
  });
  call.waybills.use(waybillNo, order);
  return done;
}

function companies(call: Call): Row {
  const names = call.params.names('fields');
  const rows = TAOBAO_CARRIERS.map((carrier): Row => ({
    id: id(String(carrier.id)),
    code: carrier.code,
    name: carrier.name,
    reg_mail_no: carrier.pattern.source,
  }));
  const wanted = rows.map((row) =>
    Object.fromEntries(Object.entries(row).filter(([name]) => names.length === 0 || names.includes(name))),
  );
  return { logistics_companies: list('logistics_company', wanted) };
}

/** Shipping, classic chain (Taobao sheet §9.1 to §9.3). */
export const shippingMethods: MethodTable = {
  'taobao.logistics.offline.send': write(offlineSend),
  'taobao.logistics.online.send': write(onlineSend),
  'taobao.logistics.online.confirm': write(onlineConfirm),
  'taobao.logistics.dummy.send': write(dummySend),
  'taobao.logistics.consign.resend': write(resend),
  'taobao.logistics.companies.get': appCall(companies),
};
