import { agreeMoney, reship } from '../../../core/exchanges';
import { ActRefused } from '../../../core/happen';
import { agreeReturn, refuseRefund, sendBack, withdrawRefund } from '../../../core/refunds';
import type { RefundStory } from '../../../core/story.types';
import type { RefundRow } from '../../../kit/shop-indexes';
import { write, type Call, type Method, type MethodTable } from '../method';
import { carrierOf } from '../numbers';
import { sysVersionOf } from '../service-view';
import { ascFailure, ascSuccess, checkOperator, ownService } from './services.methods';

type Row = Record<string, unknown>;

const VERSION_CHANGED = ['3002', '服务单已被更新，sysVersion不一致'] as const;
const WRONG_STATE = '3003';

type Act = (call: Call, row: RefundRow) => void;

/** A write on a service order: it needs the version that the caller saw last (JD sheet §7.2). */
function act(required: readonly string[], run: Act, needsVersion = true): Method {
  return write((call): Row => {
    checkOperator(call);
    for (const name of required) call.fields.required(name);
    const row = ownService(call);
    if (!row) return ascFailure('3001', '服务单不存在');
    const version = needsVersion ? call.fields.int('sysVersion', 0, 1_000_000_000) : undefined;
    if (version !== undefined && version !== sysVersionOf(row.refund, call.notes))
      return ascFailure(...VERSION_CHANGED);
    try {
      run(call, row);
    } catch (error) {
      if (!(error instanceof ActRefused)) throw error;
      return ascFailure(WRONG_STATE, `当前状态不允许该操作：${error.message}`);
    }
    return ascSuccess(true);
  });
}

function need(refund: RefundStory, isAllowed: boolean, what: string): void {
  if (!isAllowed) throw new ActRefused(`${what} ${refund.no} is ${refund.kind}, ${refund.state}.`);
}

/** The buyer shall send the goods, or bring them, or have them fetched. */
const agree: Act = ({ core, at }, { order, refund }) => {
  need(refund, refund.state === 'asked' && !['refund', 'resend'].includes(refund.kind), 'agreeing to a return of');
  agreeReturn(core, order, at, refund.no);
};

/** Without goods: money alone is paid, a resending is promised. */
const compensate: Act = ({ core, at }, { order, refund }) => {
  need(refund, refund.state === 'asked' && refund.kind === 'resend', 'compensating');
  agreeReturn(core, order, at, refund.no);
};

const refuseIt: Act = ({ core, at }, { order, refund }) => {
  need(refund, refund.state === 'asked', 'refusing');
  refuseRefund(core, order, at, refund.no);
};

const receive: Act = (call, { refund }) => {
  need(refund, refund.state === 'sent_back' && !call.notes.isReceived(refund.no), 'receiving');
  call.notes.receive(refund.no);
};

/** The refund comes minutes later (asynchronous; JD sheet §7.2). A return must have been received first. */
const refundNow: Act = (call, { order, refund }) => {
  need(refund, refund.kind !== 'return' || call.notes.isReceived(refund.no), 'refunding');
  agreeMoney(call.core, order, call.at, refund.no);
};

/** The number under which the buyer sends the goods back, told by the seller. */
const saveFreight: Act = ({ core, at, fields }, { order, refund }) => {
  need(refund, refund.state === 'agreed', 'saving the freight of');
  const carrierCode = fields.text('shipWayId');
  sendBack(core, order, at, refund.no, {
    ...(carrierCode !== undefined && carrierOf(carrierCode) ? { carrierCode } : {}),
    waybillNo: fields.required('expressCode'),
  });
};

/** Goods leave again: of an exchange or a repair when the first came back, of a resending once it was agreed to. */
const sendAgain: Act = ({ core, at, fields, notes }, { order, refund }) => {
  need(refund, refund.kind === 'resend' || notes.isReceived(refund.no), 'sending the goods of');
  const carrierCode = fields.text('shipWayId');
  const waybillNo = fields.text('expressCode');
  reship(core, order, at, refund.no, {
    ...(carrierCode !== undefined && carrierOf(carrierCode) ? { carrierCode } : {}),
    ...(waybillNo === undefined ? {} : { waybillNo }),
  });
};

const cancelIt: Act = ({ core, at }, { order, refund }) => {
  need(refund, ['asked', 'agreed'].includes(refund.state), 'closing');
  withdrawRefund(core, order, at, refund.no);
};

function afsRefund(call: Call): Row {
  const row = call.indexes.refund(call.fields.id('afsServiceId'));
  if (!row || row.order.shopId !== call.session?.shopId)
    return { returnType: { success: false, code: '3001', message: '服务单不存在', result: false } };
  try {
    refundNow(call, row);
  } catch (error) {
    if (!(error instanceof ActRefused)) throw error;
    return { returnType: { success: false, code: WRONG_STATE, message: error.message, result: false } };
  }
  return { returnType: { success: true, code: '0', message: '', result: true } };
}

const ADDRESS = ['approveNotes', 'approveReasonCid1'] as const;

/** Service orders, write side (JD sheet §7.2). */
export const serviceActMethods: MethodTable = {
  'jingdong.asc.audit.send': act(ADDRESS, agree),
  'jingdong.asc.audit.delivery': act(ADDRESS, agree),
  'jingdong.asc.audit.homepick': act(ADDRESS, agree),
  'jingdong.asc.audit.compensate': act(ADDRESS, compensate),
  'jingdong.asc.audit.reissue': act(['expressCode', 'shipWayId', 'wareNum'], sendAgainNow),
  'jingdong.asc.audit.refuse': act(ADDRESS, refuseIt),
  'jingdong.asc.receive.register': act(
    ['packingState', 'qualityState', 'receivePin', 'receiveName', 'wareNum'],
    receive,
  ),
  'jingdong.asc.freight.save': act(['expressCode', 'expressCompany'], saveFreight, false),
  'jingdong.asc.process.offline.change': act(['expressCode', 'shipWayId'], sendAgain),
  'jingdong.asc.process.back': act(['expressCode'], sendAgain),
  'jingdong.asc.process.close': act([], cancelIt),
  'jingdong.asc.common.cancel': act([], cancelIt),
  'jingdong.pop.afs.soa.afsRefundApply': write(afsRefund),
};

/** Resending without a word before: agreed to and sent in one call. */
function sendAgainNow(call: Call, row: RefundRow): void {
  compensate(call, row);
  const current = call.indexes.refund(row.refund.no)!;
  sendAgain(call, current);
}
