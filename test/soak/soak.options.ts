/** What a run is asked for. */
export interface SoakOptions {
  orders: number;
  /** Story days over which buyers order. */
  days: number;
  seed: number;
  /** Real minutes within which everything should have ended; it decides how fast the story goes. */
  minutes: number;
  /** Folder for servers, logs and the report. */
  dir: string;
  /** How often each service is killed. */
  kills: number;
  /** Whether PostgreSQL waits for the disk, as in production; else a restart forgets what was answered as committed. */
  isDurable: boolean;
  /** Whether the listings' stock is told to the platform. */
  pushes: boolean;
  /** Platforms whose shops take part; empty means all that there are. The orders are shared out evenly. */
  platforms: readonly string[];
  /** Real seconds for which one platform is down. */
  downSeconds: number;
  shares: FaultShares;
}

/** How often each fault of the platform strikes; shares of the occasions. */
export interface FaultShares {
  pageShift: number;
  timeoutAfterWrite: number;
  /** Each of lost, doubled and reordered. */
  push: number;
  /** Each kind of planted bill difference; share of the money rows it can strike. */
  bill: number;
}

/** The run of `npm run soak` unless told otherwise. */
export const FULL_RUN: Omit<SoakOptions, 'dir'> = {
  orders: 20_000,
  days: 30,
  seed: 42,
  minutes: 45,
  kills: 3,
  isDurable: true,
  pushes: true,
  platforms: [],
  downSeconds: 120,
  shares: { pageShift: 0.01, timeoutAfterWrite: 0.01, push: 0.02, bill: 0.002 },
};

/**
 * The run that is part of `npm test`: the shares are higher, since a count of zero proves nothing. One platform alone keeps
 * it short; the full run takes all of them.
 */
export const SHORT_RUN: Omit<SoakOptions, 'dir'> = {
  orders: 500,
  days: 3,
  seed: 42,
  minutes: 3,
  kills: 1,
  isDurable: true,
  pushes: false,
  platforms: ['taobao'],
  downSeconds: 5,
  shares: { pageShift: 0.2, timeoutAfterWrite: 0.03, push: 0.05, bill: 0.02 },
};

/** The parts of a run's time and the story's pace in them. */
export interface Pace {
  /** Real seconds in which buyers order. */
  orderSeconds: number;
  /** Story seconds per real second in that time. */
  rate: number;
  /** The pace afterwards, when only the ends of the stories are waited for. */
  endRate: number;
  /** Real seconds that the longest story takes at that pace. */
  endSeconds: number;
}

/** Stories end this long after their last order: parcels, returns, and what only time confirms. */
const LONGEST_STORY_SECONDS = 17 * 86_400;

/** Windows of one kind that a shop reads per real second: the schedule cuts eight, and two are room to catch up. No platform answers wider ones. */
const WINDOWS_PER_SECOND = 6;

/** Most of the time is for ordering; set-up, the ends of the stories, rest and comparison share what is left. */
export function paceOf(
  { days, minutes }: Pick<SoakOptions, 'days' | 'minutes'>,
  windowSeconds = Number.MAX_SAFE_INTEGER,
): Pace {
  const seconds = minutes * 60;
  const fastest = windowSeconds * WINDOWS_PER_SECOND;
  const rate = Math.min(fastest, Math.max(1, Math.round((days * 86_400) / (seconds * (minutes >= 10 ? 0.88 : 0.33)))));
  const wanted = Math.round(LONGEST_STORY_SECONDS / (seconds * (minutes >= 10 ? 0.08 : 0.33)));
  const endRate = Math.min(fastest, Math.max(rate, wanted));
  return {
    orderSeconds: (days * 86_400) / rate,
    rate,
    endRate,
    endSeconds: Math.ceil(LONGEST_STORY_SECONDS / endRate),
  };
}
