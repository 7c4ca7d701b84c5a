import { PlatformRegistry, registryEnvironment } from '@app/platforms';
import type { SimulatorControl } from '../harness/simulator-control';
import { wordsOf, type PlatformWords } from './platform-words';
import { asked } from './people';
import { named, type TruthBill, type TruthOrder, type TruthRefund } from './truth';

/** A row of the simulator's truth with the platform that it belongs to. */
export type On<T> = T & { platform: string };

/** What a run has to know of a platform; read from its manifest. */
export interface PlayedPlatform {
  code: string;
  /** Orders that nobody has paid yet appear in the platform's lists. */
  unpaidVisible: boolean;
  /** The call that lists changed orders. */
  listMethod: string;
  hasBills: boolean;
  /** Story seconds by which the shortest window of changes that the platform answers brings a reader forward. */
  windowSeconds: number;
  words: PlatformWords;
  /** The platform tells changes by itself. */
  pushes: boolean;
  /** What the platform takes of an income, in ten thousandths. */
  commissionBp: number;
}

interface PlayedApp {
  platform: string;
  feeRates: { commissionBp: number };
}

/** The platforms of a run, each with the control of its part. */
export class Played {
  private constructor(
    readonly control: SimulatorControl,
    readonly platforms: readonly PlayedPlatform[],
  ) {}

  /** Takes the named platforms, or all that both sides know when none is named. */
  static async of(control: SimulatorControl, wanted: readonly string[]): Promise<Played> {
    const { items } = await control.call<{ items: PlayedApp[] }>('GET', '/apps');
    const rates = new Map(items.map(({ platform, feeRates }) => [platform, feeRates]));
    const registry = await PlatformRegistry.load(registryEnvironment());
    const codes = wanted.length > 0 ? wanted : registry.codes().filter((code) => rates.has(code));
    return new Played(
      control,
      codes.map((code) => {
        const { capabilities, scopes, windows } = registry.get(code).manifest;
        return {
          code,
          unpaidVisible: capabilities.unpaidVisible,
          listMethod: scopes.orders?.[0] ?? '',
          hasBills: capabilities.bills !== 'none',
          windowSeconds: Math.min(
            ...[windows.orders, windows['after-sales']].flatMap((rule) =>
              rule ? [rule.maxSpanSeconds - Math.min(rule.overlapSeconds, rule.maxSpanSeconds / 2)] : [],
            ),
          ),
          words: wordsOf(code),
          pushes: capabilities.pushTransport.length > 0,
          commissionBp: rates.get(code)?.commissionBp ?? 0,
        };
      }),
    );
  }

  get codes(): string[] {
    return this.platforms.map(({ code }) => code);
  }

  on(code: string): SimulatorControl {
    return this.control.on(code);
  }

  platform(code: string): PlayedPlatform {
    const found = this.platforms.find((one) => one.code === code);
    if (!found) throw new Error(`Platform ${code} is no part of this run.`);
    return found;
  }

  /** All orders as they truly are, their lines called as the API calls them. */
  async orders(): Promise<On<TruthOrder>[]> {
    return (await this.truth<TruthOrder>('orders')).map(named);
  }

  /** All after-sales as they truly are, with the lines of their orders. */
  async afterSales(): Promise<On<TruthRefund>[]> {
    return (await this.orders()).flatMap(({ platform, refunds }) => refunds.map((refund) => ({ ...refund, platform })));
  }

  /** All money of the platforms, as far as their bills tell of it. */
  async bills(): Promise<On<TruthBill>[]> {
    const rows = await this.truth<TruthBill>('bills');
    return rows.filter(({ platform, kind }) => !wordsOf(platform).untold.includes(kind));
  }

  /** One kind of truth over all platforms. */
  private async truth<T>(kind: string): Promise<On<T>[]> {
    const all: On<T>[] = [];
    for (const code of this.codes)
      for (const row of await asked(() => this.on(code).truth<T>(kind))) all.push({ ...row, platform: code });
    return all;
  }

  /** A number shared out over the platforms, the first ones taking what is left over. */
  share(total: number): Map<string, number> {
    const { length } = this.codes;
    return new Map(this.codes.map((code, n) => [code, Math.floor(total / length) + (n < total % length ? 1 : 0)]));
  }
}
