import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { AppError, inStatement, inTransaction, killPoint, WIRE_CLOCK, type Caller, type WireClock } from '@app/shared';
import type { WaybillAnswer, WaybillCancelRequest, WaybillRequest } from '@app/contracts';
import { isPlatformError, type Waybill } from '@app/platforms';
import { PlatformCalls } from '../platform/platform-calls';
import { ShopReader } from '../shop/shop.reader';
import { ShopSecrets } from '../shop/shop.secrets';
import type { ShopRow } from '../shop/shop.types';
import { WorkDesk } from '../work/work.desk';
import { WaybillRepository, type WaybillRow } from './waybill.repository';

/** A call takes seconds; a claim older than this belongs to a killed process. */
const CLAIM_MS = 30_000;

/** Takes and gives back waybill numbers; a parcel gets one number however often it is asked for. */
@Injectable()
export class WaybillService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly repository: WaybillRepository,
    private readonly shops: ShopReader,
    private readonly secrets: ShopSecrets,
    private readonly calls: PlatformCalls,
    private readonly desk: WorkDesk,
    @Inject(WIRE_CLOCK) private readonly wire: WireClock,
  ) {}

  /** The number of a parcel: the known one, else one that an earlier lost answer left behind, else a new one. */
  async take(caller: Caller, request: WaybillRequest): Promise<WaybillAnswer> {
    const shop = await this.shops.get(caller.companyId, request.shopId);
    const { row, isRepeat } = await this.claim(caller.companyId, request);
    if (row.state === 'taken') return this.answerOf(row);
    try {
      const waybill = await this.ask(shop, request, row, isRepeat);
      killPoint('waybill.after-take');
      return await this.keep(row, waybill);
    } catch (error) {
      await this.endWithout(shop, request, error);
      throw error;
    }
  }

  /**
   * Lets others ask. A refusal may mean that the order is another by now: where only the hidden part of an address changed and
   * the modified time stands still (JD sheet §5.2, §5.6), nothing else shows it. So its orders are read again.
   */
  private async endWithout(
    shop: ShopRow,
    { parcelId, platformOrderNos }: WaybillRequest,
    error: unknown,
  ): Promise<void> {
    const isRefused = isPlatformError(error) && error.kind === 'rejected';
    await inTransaction(this.dataSource, async (tx) => {
      await this.repository.release(tx, shop.companyId, parcelId);
      if (!isRefused) return;
      const subjects = platformOrderNos.map((platformOrderNo) => `${shop.id}/${platformOrderNo}`);
      await this.desk.request(tx, shop, 'order', subjects);
    });
  }

  /** The number that the platform gave for a parcel although its answer was lost, if there is one. */
  private async lostNumber(shop: ShopRow, row: WaybillRow): Promise<string | undefined> {
    const found = await this.calls.with(shop, ({ port }, call) =>
      port.findWaybills(call, { platformOrderNo: row.firstOrderNo, carrier: row.carrier }),
    );
    return (await this.leftBehind(row.companyId, found))?.waybillNo;
  }

  /** Gives a number back, the parcel's own where the caller does not know it; a repeat is also true. Throws WAYBILL.CANNOT_CANCEL when the carrier has the parcel. */
  async cancel(caller: Caller, request: WaybillCancelRequest): Promise<{ cancelled: true }> {
    const shop = await this.shops.get(caller.companyId, request.shopId);
    const known = await inStatement(this.dataSource, (tx) =>
      this.repository.lock(tx, caller.companyId, request.parcelId),
    );
    if (known?.state === 'cancelled' && known.waybillNo === (request.waybillNo ?? known.waybillNo))
      return { cancelled: true };
    const waybillNo = request.waybillNo ?? known?.waybillNo ?? (known && (await this.lostNumber(shop, known)));
    if (!waybillNo) return { cancelled: true };
    const verdict = await this.calls.with(shop, ({ port }, call) =>
      port.cancelWaybill(call, { waybillNo, carrier: request.carrier }),
    );
    if (verdict === 'refused')
      throw new AppError(
        'WAYBILL.CANNOT_CANCEL',
        `${request.carrier} does not give number ${waybillNo} back: the carrier has the parcel already.`,
      );
    await inTransaction(this.dataSource, async (tx) => {
      const row = await this.repository.lock(tx, caller.companyId, request.parcelId);
      if (row && (row.waybillNo === waybillNo || (row.state === 'asked' && !row.waybillNo)))
        await this.repository.cancel(tx, caller.companyId, request.parcelId, this.wire.date());
    });
    return { cancelled: true };
  }

  /** Writes or locks the parcel's row; the caller alone may ask the platform until the claim ends. */
  private async claim(companyId: string, request: WaybillRequest): Promise<{ row: WaybillRow; isRepeat: boolean }> {
    const now = this.wire.date();
    const until = new Date(now.getTime() + CLAIM_MS);
    const { parcelId, shopId, fulfilmentId, carrier } = request;
    const asked = { companyId, parcelId, shopId, fulfilmentId, carrier, firstOrderNo: request.platformOrderNos[0]! };
    const fresh = await inStatement(this.dataSource, (tx) => this.repository.insert(tx, asked, until, now));
    if (fresh) return { row: fresh, isRepeat: false };
    return inTransaction(this.dataSource, async (tx) => {
      const row = (await this.repository.lock(tx, companyId, parcelId))!;
      if (row.state !== 'cancelled' && row.carrier !== carrier) {
        throw new AppError(
          'WAYBILL.OTHER_CARRIER',
          `Parcel ${parcelId} has a number of ${row.carrier} (${row.waybillNo ?? 'being asked for'}); give it back before asking ${carrier}.`,
          { waybillNo: row.waybillNo, carrier: row.carrier },
        );
      }
      if (row.state === 'taken') return { row, isRepeat: true };
      if (row.state === 'asked' && row.claimedUntil && row.claimedUntil > now)
        throw new AppError(
          'WAYBILL.IN_PROGRESS',
          `A number for parcel ${parcelId} is being asked for; ask again in a moment.`,
        );
      const askNo = row.state === 'cancelled' ? row.askNo + 1 : row.askNo;
      await this.repository.claim(tx, companyId, parcelId, { carrier, askNo }, until);
      return { row: { ...row, state: 'asked', carrier, askNo, waybillNo: null }, isRepeat: row.state === 'asked' };
    });
  }

  private ask(shop: ShopRow, request: WaybillRequest, row: WaybillRow, isRepeat: boolean): Promise<Waybill> {
    const wanted = {
      // After a number was given back the same key would bring that number again.
      requestKey: row.askNo === 1 ? row.parcelId : `${row.parcelId}-${row.askNo}`,
      carrier: request.carrier,
      sender: {
        name: request.sender.name,
        mobile: request.sender.phone,
        province: request.sender.province,
        city: request.sender.city,
        district: request.sender.district,
        detail: request.sender.address,
      },
      platformOrderNos: request.platformOrderNos,
      receiver: request.receiver,
      items: request.lines.map(({ title, quantity }) => ({ name: title, count: quantity })),
    };
    return this.calls.with(shop, async ({ port }, call) => {
      if (isRepeat) {
        const left = await this.leftBehind(
          row.companyId,
          await port.findWaybills(call, { platformOrderNo: row.firstOrderNo, carrier: request.carrier }),
        );
        if (left) return left;
      }
      try {
        return await port.getWaybill(call, wanted);
      } catch (error) {
        if (!isPlatformError(error) || !error.outcomeUnknown) throw error;
        const left = await this.leftBehind(
          row.companyId,
          await port.findWaybills(call, { platformOrderNo: row.firstOrderNo, carrier: request.carrier }),
        );
        if (left) return left;
        throw error;
      }
    });
  }

  /** A label of the order that no parcel here owns: the one whose answer was lost. */
  private async leftBehind(companyId: string, found: readonly Waybill[]): Promise<Waybill | undefined> {
    if (found.length === 0) return undefined;
    const known = await inStatement(this.dataSource, (tx) =>
      this.repository.known(
        tx,
        companyId,
        found.map(({ waybillNo }) => waybillNo),
      ),
    );
    const free = found.filter(({ waybillNo }) => !known.has(waybillNo));
    return free.length === 1 ? free[0] : undefined;
  }

  private async keep(row: WaybillRow, waybill: Waybill): Promise<WaybillAnswer> {
    const printDataSealed = this.secrets.seal(row.companyId, row.parcelId, 'print-data', waybill.printData);
    await inStatement(this.dataSource, (tx) =>
      this.repository.take(
        tx,
        row.companyId,
        row.parcelId,
        { waybillNo: waybill.waybillNo, carrier: waybill.carrier, printDataSealed },
        this.wire.date(),
      ),
    );
    return { waybillNo: waybill.waybillNo, carrier: waybill.carrier, printData: waybill.printData };
  }

  private answerOf(row: WaybillRow): WaybillAnswer {
    return {
      waybillNo: row.waybillNo!,
      carrier: row.toldCarrier ?? row.carrier,
      printData: this.secrets.open(row.companyId, row.parcelId, 'print-data', row.printDataSealed!),
    };
  }
}
