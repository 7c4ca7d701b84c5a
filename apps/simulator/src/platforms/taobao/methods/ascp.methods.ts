import { ship } from '../../../core/acts';
import { openLines } from '../../../core/happen';
import type { LineStory, OrderStory } from '../../../core/story.types';
import { invalid, TopError } from '../envelope';
import { write, type Call, type MethodTable } from '../method';
import { checkState, checkWaybill, consignError, linesToShip, orderToShip, refuseRefunding } from './consign-rules';

type Row = Record<string, unknown>;

interface Parcel {
  out_sid?: string;
  company_code?: string;
  goods?: { sub_tid?: string | number; item_type?: number | string; num?: number | string }[];
}

function parcelsOf(call: Call): Parcel[] {
  const value = call.params.json('consign_pkgs');
  if (!Array.isArray(value) || value.length === 0) throw invalid('consign_pkgs', 'consign_pkgs 必须是非空数组');
  return value as Parcel[];
}

interface Wanted {
  line: LineStory;
  quantity: number;
}

function goodsOf(order: OrderStory, parcel: Parcel): Wanted[] {
  return (parcel.goods ?? [])
    .filter((one) => Number(one.item_type ?? 0) === 0)
    .map((one) => {
      const line = order.lines.find((each) => each.no === String(one.sub_tid));
      if (!line) throw consignError('offline', 'B03');
      return { line, quantity: one.num === undefined ? line.quantity - line.shippedQuantity : Number(one.num) };
    });
}

/** Ships one parcel per entry of `consign_pkgs`, each with its own lines. All are checked before the first is shipped. */
function shipGoods(call: Call, order: OrderStory, parcels: readonly Parcel[]): void {
  const left = new Map(order.lines.map((line) => [line.no, line.quantity - line.shippedQuantity]));
  const open = openLines(order);
  const planned = parcels.map((parcel) => {
    const goods = goodsOf(order, parcel);
    if (goods.length === 0) throw consignError('offline', 'P25');
    checkWaybill(call, 'offline', order, parcel.company_code ?? '', parcel.out_sid ?? '');
    refuseRefunding(
      'offline',
      order,
      goods.map((one) => one.line),
    );
    for (const { line, quantity } of goods) {
      if (!open.includes(line)) throw consignError('offline', 'B02');
      const rest = left.get(line.no)!;
      if (rest === 0) throw consignError('offline', 'B04');
      if (!Number.isInteger(quantity) || quantity < 1 || quantity > rest) throw consignError('offline', 'P25');
      left.set(line.no, rest - quantity);
    }
    return { parcel, goods };
  });
  for (const { parcel, goods } of planned) {
    const lines = goods.map(({ line, quantity }) => ({ no: line.no, quantity }));
    ship(call.core, order, call.at, {
      by: 'api',
      method: call.method,
      carrier: parcel.company_code!,
      waybillNo: parcel.out_sid!,
      lines,
    });
    call.waybills.use(parcel.out_sid!, order);
  }
}

/** Turns "part shipped" into "all shipped": what is left counts as gone with the last parcel. */
function shipRest(call: Call, order: OrderStory): void {
  const last = order.notices.at(-1);
  if (order.state !== 'part_shipped' || !last) throw consignError('offline', 'CD19');
  ship(call.core, order, call.at, { by: 'api', method: call.method, carrier: last.carrier, waybillNo: last.waybillNo });
}

function send(call: Call): void {
  const type = call.params.int('consign_type', 0, 3, 0);
  const order = orderToShip(call, 'offline');
  if (order.isVirtual) throw consignError('offline', 'B98');
  checkState('offline', order);
  if (type === 2) return shipRest(call, order);
  const parcels = parcelsOf(call);
  if (type === 1) return shipGoods(call, order, parcels);
  if (type === 3) throw consignError('offline', 'P08');
  if (parcels.length !== 1) throw consignError('offline', 'P25');
  const [parcel] = parcels;
  const names = call.params.names('sub_tid');
  const open = openLines(order);
  const lines =
    names.length > 0 ? order.lines.filter((line) => names.includes(line.no)) : linesToShip(call, 'offline', order, 50);
  if (names.some((name) => !order.lines.some((line) => line.no === name))) throw consignError('offline', 'B03');
  if (lines.some((line) => line.shippedQuantity > 0)) throw consignError('offline', 'B04');
  if (lines.some((line) => !open.includes(line))) throw consignError('offline', 'B02');
  shipGoods(call, order, [
    {
      out_sid: parcel!.out_sid ?? '',
      company_code: parcel!.company_code ?? '',
      goods: lines.map((line) => ({ sub_tid: line.no })),
    },
  ]);
}

/** This family answers success with an inner flag and the code inside (Taobao sheet §4.2). */
function ascpSend(call: Call): Row {
  try {
    send(call);
  } catch (error) {
    if (!(error instanceof TopError) || error.code !== 15) throw error;
    return { result: { success: false, error_code: error.subCode?.split(':').at(-1), error_msg: error.subMsg } };
  }
  return { result: { success: true } };
}

/** Shipping, new chain (Taobao sheet §9.1). */
export const ascpMethods: MethodTable = {
  'alibaba.ascp.logistics.offline.send': write(ascpSend),
};
