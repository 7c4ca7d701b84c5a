import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { AppError, Audit, inTransaction, pageOf, readCursor, type Caller, type Page } from '@app/shared';
import { ShopReader } from '../shop/shop.reader';
import { ShopRepository } from '../shop/shop.repository';
import { PushDesk } from './push.desk';
import type { EnablePushAnswer, ListingPushDto, ListingsQuery } from './push.dto';
import { PushRepository, type ListedPushRow, type TargetRow } from './push.repository';

const PAGE = 500;
const MOST_SHOWN = 20_000;

/** What platforms are told of stock: shown first, then switched on. */
@Injectable()
export class PushService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly repository: PushRepository,
    private readonly desk: PushDesk,
    private readonly reader: ShopReader,
    private readonly shops: ShopRepository,
    private readonly audit: Audit,
  ) {}

  /** Shows per listing what the platform shows, what it would be told and why; without dryRun also switches pushing on. */
  async enable(caller: Caller, shopId: string, dryRun: boolean): Promise<EnablePushAnswer> {
    await this.reader.seen(caller, shopId);
    return inTransaction(this.dataSource, async (tx) => {
      const shop = (await this.shops.lock(tx, caller.companyId, shopId))!;
      if (!(await this.repository.hasShown(tx, caller.companyId, shopId))) {
        throw new AppError(
          'PUSH.LISTINGS_NOT_READ',
          `The listings of shop ${shopId} were never read; POST /sync/v1/shops/${shopId}/pulls {"kind":"listings"} first.`,
        );
      }
      const items = (await this.everyTarget(tx, caller.companyId, shopId)).map(toItem);
      if (dryRun) return { enabled: shop.push === 'on', items };
      await this.shops.setSwitch(tx, caller.companyId, shopId, 'push', 'on', null, null);
      await this.desk.takeTurn(tx, caller.companyId);
      const keys = await this.repository.allKeys(tx, caller.companyId, shopId);
      await this.desk.want(tx, caller.companyId, async () => keys);
      await this.desk.ask(tx, caller.companyId, shopId, null);
      await this.desk.askShelf(tx, caller.companyId, keys);
      await this.audit.record(tx, caller.companyId, {
        actor: caller.clientId,
        act: 'shop.push-enable',
        subject: shopId,
        details: { listings: items.length },
      });
      return { enabled: true, items };
    });
  }

  async list(caller: Caller, query: ListingsQuery): Promise<Page<ListingPushDto>> {
    await this.reader.seen(caller, query.shopId);
    const after = String(readCursor(query.cursor, 1)?.[0] ?? '');
    return inTransaction(this.dataSource, async (tx) => {
      const found = await this.repository.list(tx, caller.companyId, query.shopId, after, query.limit + 1);
      return pageOf(found, query.limit, (row) => [row.listingSkuId], toDto);
    });
  }

  private async everyTarget(
    tx: Parameters<PushRepository['targets']>[0],
    companyId: string,
    shopId: string,
  ): Promise<TargetRow[]> {
    const all: TargetRow[] = [];
    for (let after = ''; all.length < MOST_SHOWN;) {
      const page = await this.repository.targets(tx, companyId, shopId, after, PAGE);
      all.push(...page);
      const last = page[page.length - 1];
      if (page.length < PAGE || !last) break;
      after = last.listingSkuId;
    }
    return all;
  }
}

function toItem(row: TargetRow): EnablePushAnswer['items'][number] {
  const why =
    row.target === null
      ? { told: false, reason: row.isPaused ? 'paused' : 'not linked to a SKU, without goods, or off the shelf' }
      : { told: true, components: row.components ?? [], ...(row.occupied > 0 && { occupied: row.occupied }) };
  return {
    listingId: row.listingId,
    listingSkuId: row.listingSkuId,
    title: row.title,
    merchantCode: row.merchantCode,
    platformNow: row.shown,
    wouldTell: row.target,
    difference: row.target === null || row.shown === null ? null : row.target - row.shown,
    why,
  };
}

function toDto(row: ListedPushRow): ListingPushDto {
  return {
    listingId: row.listingId,
    listingSkuId: row.listingSkuId,
    title: row.title,
    isLinked: row.isLinked ?? false,
    platformNow: row.shown,
    platformReadAt: row.shownAt?.toISOString() ?? null,
    wanted: row.wanted,
    lastTold: row.told,
    lastToldAt: row.toldAt?.toISOString() ?? null,
    result:
      row.state === 'parked'
        ? 'refused'
        : row.state === 'idle'
          ? row.told === null
            ? 'never'
            : 'accepted'
          : row.state,
    waitingReason: row.waitingReason,
    cause: row.cause,
    readBack:
      row.told === null || row.shown === null || !row.shownAt || !row.toldAt || row.shownAt < row.toldAt
        ? null
        : { shown: row.shown, drift: row.shown - row.told },
    shelf:
      row.shelfState === null
        ? null
        : { state: row.shelfState, since: row.shelfSince!.toISOString(), cause: row.shelfCause },
    repair:
      row.repairedAt === null
        ? null
        : { reason: row.repairReason ?? '', at: row.repairedAt.toISOString(), inARow: row.repairs },
  };
}
