import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import {
  inTransaction,
  pageOf,
  readCursor,
  STORY_CLOCK,
  toShanghaiIso,
  WIRE_CLOCK,
  type Caller,
  type Page,
  type PageQuery,
  type StoryClock,
  type WireClock,
} from '@app/shared';
import { isWindowKind } from '../pull/pull.kinds';
import { lagSeconds } from '../pull/pull.rules';
import { ShopRepository } from '../shop/shop.repository';
import { hasUsableToken, type ShopRow } from '../shop/shop.types';
import type { ShopStateDto } from './state.dto';
import { StateRepository, type KindState, type ShopCounts } from './state.repository';

/** A pull that lags by more real seconds than this is behind. */
const BEHIND_S = 120;

/** How the synchronisation of every shop stands, on one page. */
@Injectable()
export class StateService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly shops: ShopRepository,
    private readonly states: StateRepository,
    @Inject(STORY_CLOCK) private readonly story: StoryClock,
    @Inject(WIRE_CLOCK) private readonly wire: WireClock,
  ) {}

  list(caller: Caller, query: PageQuery): Promise<Page<ShopStateDto>> {
    const after = String(readCursor(query.cursor, 1)?.[0] ?? '');
    return inTransaction(this.dataSource, async (tx) => {
      const shops = await this.shops.list(tx, caller.companyId, caller.shops, after, query.limit + 1);
      const ids = shops.map(({ id }) => id);
      const counts = await this.states.counts(tx, caller.companyId, ids, this.wire.date());
      const kinds = await this.states.kinds(tx, caller.companyId, ids);
      const countsOf = new Map(counts.map((one) => [one.shopId, one]));
      return pageOf(
        shops,
        query.limit,
        (shop) => [shop.id],
        (shop) =>
          this.stateOf(
            shop,
            countsOf.get(shop.id)!,
            kinds.filter(({ shopId }) => shopId === shop.id),
          ),
      );
    });
  }

  private stateOf(shop: ShopRow, counts: ShopCounts, kinds: readonly KindState[]): ShopStateDto {
    const state = {
      shopId: shop.id,
      name: shop.name,
      platform: shop.platform,
      token: shop.tokenState,
      switches: { pull: shop.pull, push: shop.push, shipNotice: shop.shipNotice },
      kinds: kinds.map(({ kind, lastSuccessAt, completeTo, openWindows }) => ({
        kind,
        lastSuccessAt: lastSuccessAt?.toISOString() ?? null,
        completeTo: toShanghaiIso(completeTo),
        lagSeconds: Math.round(lagSeconds(completeTo, this.story)),
        openWindows,
      })),
      work: {
        waiting: counts.waiting,
        running: counts.running,
        failing: counts.failing,
        dead: counts.dead,
        oldestDueAt: counts.oldestDueAt?.toISOString() ?? null,
      },
      census: {
        provenTo: counts.provenTo && toShanghaiIso(counts.provenTo),
        windowsProven: counts.windowsProven,
        windowsOpen: counts.windowsOpen,
        openGaps: counts.openGaps,
      },
      telling: {
        numbersOpen: counts.numbersOpen,
        numbersRefused: counts.numbersRefused,
        numbersDrifted: counts.numbersDrifted,
        noticesOpen: counts.noticesOpen,
      },
      alarms: counts.alarms,
    };
    return { ...state, ...judge(shop, state) };
  }
}

/** The worst of what is wrong, with everything that is. */
function judge(
  shop: ShopRow,
  { kinds, work, census, telling, alarms }: Pick<ShopStateDto, 'kinds' | 'work' | 'census' | 'telling' | 'alarms'>,
): Pick<ShopStateDto, 'verdict' | 'reasons'> {
  const stopped: string[] = [];
  if (!hasUsableToken(shop)) stopped.push(`the token is ${shop.tokenState}`);
  if (shop.pull === 'paused') stopped.push('pulling is paused');
  const attention: string[] = [];
  if (work.dead > 0) attention.push(`${work.dead} jobs were given up`);
  if (census.openGaps > 0) attention.push(`${census.openGaps} orders were missing or older and are being pulled`);
  if (telling.numbersRefused > 0) attention.push(`${telling.numbersRefused} stock numbers are refused`);
  if (alarms > 0) attention.push(`${alarms} alarms are open`);
  const behind = kinds
    .filter(({ kind, lagSeconds: lag }) => isWindowKind(kind) && lag > BEHIND_S)
    .map(({ kind, lagSeconds: lag }) => `${kind} are pulled ${lag} s late`);
  const verdict =
    stopped.length > 0 ? 'stopped' : attention.length > 0 ? 'attention' : behind.length > 0 ? 'behind' : 'good';
  return { verdict, reasons: [...stopped, ...attention, ...behind] };
}
