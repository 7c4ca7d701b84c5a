import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { createLogger, inStatement, inTransaction, killPoint, STORY_CLOCK, type StoryClock } from '@app/shared';
import { isPlatformError, type PlatformCall, type PlatformError, type PlatformPort } from '@app/platforms';
import { AlarmService } from '../alarm/alarm.service';
import { PlatformCalls } from '../platform/platform-calls';
import type { ShopRow } from '../shop/shop.types';
import { ShelfRepository, type ShelfStep } from './shelf.repository';

const log = createLogger('push');

/** Takes listings off the shelf when nothing of them may be sold, and puts them back: once their numbers are told. */
@Injectable()
export class ShelfMover {
  constructor(
    private readonly dataSource: DataSource,
    private readonly repository: ShelfRepository,
    private readonly calls: PlatformCalls,
    private readonly alarms: AlarmService,
    @Inject(STORY_CLOCK) private readonly story: StoryClock,
  ) {}

  /** Moves a listing where its told numbers say. Throws PlatformError for what should be tried again. */
  async follow(shop: ShopRow, listingId: string, signal: AbortSignal): Promise<void> {
    const { companyId, id: shopId } = shop;
    const isOfUse = await inStatement(this.dataSource, (tx) =>
      this.repository.concerns(tx, companyId, { shopId, listingId }),
    );
    if (!isOfUse) return;
    const step = await inTransaction(this.dataSource, async (tx) => {
      const found = await this.repository.stepOf(tx, companyId, { shopId, listingId });
      if (found) await this.repository.begin(tx, companyId, found, this.story.now());
      return found;
    });
    if (!step) return;
    const refusal = await this.calls.with(shop, ({ port }, call) => move(port, call, step), signal);
    killPoint('shelf.after-move');
    await (refusal ? this.refused(shop, step, refusal) : this.done(shop, step));
  }

  private async done({ companyId }: ShopRow, step: ShelfStep): Promise<void> {
    await inTransaction(this.dataSource, async (tx) => {
      await this.repository.done(tx, companyId, step, this.story.now());
      await this.alarms.settle(tx, companyId, ['SHELF_REFUSED'], subjectOf(step));
    });
    log.info({ shopId: step.shopId, listingId: step.listingId, move: step.move }, 'a listing moved');
  }

  private async refused({ companyId }: ShopRow, step: ShelfStep, { message }: PlatformError): Promise<void> {
    const cause = message.slice(0, 500);
    await inTransaction(this.dataSource, async (tx) => {
      await this.repository.refused(tx, companyId, step, cause, this.story.now());
      const what = step.move === 'taking-off' ? 'be taken off the shelf' : 'go back to the shelf';
      await this.alarms.raise(tx, companyId, {
        kind: 'SHELF_REFUSED',
        subject: subjectOf(step),
        shopId: step.shopId,
        message: `Listing ${step.listingId} should ${what}, and the platform refuses: ${cause}`,
        advice: 'Move the listing on the platform by hand. The next change of one of its numbers tries again.',
      });
    });
  }
}

function subjectOf({ shopId, listingId }: ShelfStep): string {
  return `${shopId}/${listingId}`;
}

/** The refusal, unless the listing stands there already: platforms refuse that too, each with words of its own. */
async function move(port: PlatformPort, call: PlatformCall, step: ShelfStep): Promise<PlatformError | undefined> {
  const isOnShelf = step.move === 'putting-back';
  try {
    await port.setOnShelf!(call, step.listingId, isOnShelf);
    return undefined;
  } catch (error) {
    if (!isPlatformError(error)) throw error;
    if (error.kind === 'not-found') return error;
    if (error.kind !== 'already-done' && error.kind !== 'rejected') throw error;
    const { status } = await port.listing(call, step.listingId);
    return status === (isOnShelf ? 'on_shelf' : 'off_shelf') ? undefined : error;
  }
}
