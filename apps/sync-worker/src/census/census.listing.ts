import type { CensusPage } from '@app/platforms';

/** Listings of one window in one look before what is open is left to the next look. */
export const MOST_LISTINGS = 10;
/** Where the platform does not count, a window is listed until so many listings in a row have added nothing. */
export const QUIET_LISTINGS = 3;

/** An order as the platform lists it. */
export interface ListedOrder {
  platformOrderNo: string;
  modifiedAt?: string;
  /** In which listing of the look it was seen first, counted from 1. */
  listing?: number;
}

/** How far a look could show that it saw every row. */
export interface ListingProof {
  /** How often the window was listed. */
  listings: number;
  /** Rows that a list left out of its first listing and showed in a later one. */
  hidden: number;
  /** Orders that the platform itself counts, those of several lists once; nothing where it does not count. */
  platformTotal: number | null;
  /** Orders that the platform counts beyond those that were seen. */
  unlisted: number;
  /** As many orders were seen as the platform counts, or listing on added nothing. */
  isProven: boolean;
}

interface CountedList {
  total: number | undefined;
  /** Number → the listing that showed it first. */
  seen: Map<string, number>;
}

/**
 * The listings of one window, put together. One listing alone proves nothing: a page may leave rows out while the
 * platform's own count stays right.
 */
export class CensusListing {
  private readonly lists = new Map<string, CountedList>();
  private readonly byNo = new Map<string, ListedOrder>();
  private listings = 0;
  private quiet = 0;

  /** Lists the window once more; `open` begins a reading of all its pages. */
  async read(open: () => AsyncIterable<CensusPage>): Promise<void> {
    const before = this.byNo.size;
    this.listings += 1;
    for await (const page of open()) this.take(page);
    this.quiet = this.byNo.size === before ? this.quiet + 1 : 0;
  }

  /** Nothing is gained by listing on: everything was seen, or the bound is reached. */
  get isOver(): boolean {
    return this.listings > 0 && (this.proof.isProven || this.listings >= MOST_LISTINGS);
  }

  get orders(): ListedOrder[] {
    return [...this.byNo.values()];
  }

  get proof(): ListingProof {
    const lists = [...this.lists.values()];
    const isCounted = lists.length > 0 && lists.every(({ total }) => total !== undefined);
    const unlisted = lists.reduce((sum, { total, seen }) => sum + Math.max(0, (total ?? 0) - seen.size), 0);
    return {
      listings: this.listings,
      hidden: lists.reduce((sum, { seen }) => sum + [...seen.values()].filter((listing) => listing > 1).length, 0),
      platformTotal: isCounted ? this.byNo.size + unlisted : null,
      unlisted,
      isProven: unlisted === 0 && (isCounted || this.quiet >= QUIET_LISTINGS),
    };
  }

  private take({ list: name = '', total, items }: CensusPage): void {
    const list = this.lists.get(name) ?? { total, seen: new Map<string, number>() };
    list.total = total ?? list.total;
    this.lists.set(name, list);
    for (const { platformOrderNo, modifiedAt } of items) {
      if (!list.seen.has(platformOrderNo)) list.seen.set(platformOrderNo, this.listings);
      const listing = this.byNo.get(platformOrderNo)?.listing ?? this.listings;
      this.byNo.set(platformOrderNo, { platformOrderNo, listing, ...(modifiedAt !== undefined && { modifiedAt }) });
    }
  }
}
