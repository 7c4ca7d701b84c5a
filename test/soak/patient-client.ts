import { sleep, systemWireClock } from '@app/shared';

/** An answer below 500. */
export interface Answer<T> {
  status: number;
  body: T & { code?: string; detail?: string };
}

interface Page<T> {
  items: T[];
  nextCursor: string | null;
}

const CALL_TIMEOUT_MS = 30_000;
/** No fault of a run lasts so long; a call that still has no answer then is a finding, not a wait. */
const PATIENCE_MS = 180_000;
const PAUSE_MS = 300;

/**
 * A caller of the public API who repeats what got no answer, as every program should: all calls of a run may be
 * repeated without harm. It keeps count of what it met.
 */
export class PatientClient {
  /** Calls that were answered. */
  calls = 0;
  /** Calls that had to be repeated, by cause. */
  readonly repeats = new Map<string, number>();
  /** Answers of 500: each of them is a mistake of ours. */
  readonly broken: string[] = [];
  private token = '';
  private renewal: Promise<void> | undefined;

  constructor(
    private readonly baseUrl: string,
    private readonly stop: AbortSignal,
    private readonly clientId = 'demo',
    private readonly secret = 'demo-secret',
  ) {}

  /** One try for who has other work meanwhile; undefined when there was no answer below 500. */
  async callOnce<T = Record<string, unknown>>(
    method: string,
    path: string,
    body?: unknown,
  ): Promise<Answer<T> | undefined> {
    const outcome = await this.attempt<T>(method, path, body);
    if (typeof outcome !== 'string') return outcome;
    this.noteRepeat(outcome);
    return undefined;
  }

  /** Answers below 500; throws when there was none for long, or the run was stopped. */
  async call<T = Record<string, unknown>>(method: string, path: string, body?: unknown): Promise<Answer<T>> {
    const deadline = systemWireClock.now() + PATIENCE_MS;
    for (;;) {
      const outcome = await this.attempt<T>(method, path, body);
      if (typeof outcome !== 'string') return outcome;
      this.noteRepeat(outcome);
      if (this.stop.aborted) throw new Error(`${method} ${path}: the run was stopped.`);
      if (systemWireClock.now() > deadline) throw new Error(`${method} ${path} had no answer for long: ${outcome}.`);
      await sleep(PAUSE_MS, this.stop);
    }
  }

  /** As call(), and a refusal throws. */
  async ok<T = Record<string, unknown>>(method: string, path: string, body?: unknown): Promise<T> {
    const { status, body: answer } = await this.call<T>(method, path, body);
    if (status >= 300) throw new Error(`${method} ${path} answered ${status}: ${JSON.stringify(answer).slice(0, 500)}`);
    return answer;
  }

  get<T = Record<string, unknown>>(path: string): Promise<T> {
    return this.ok<T>('GET', path);
  }

  post<T = Record<string, unknown>>(path: string, body: unknown = {}): Promise<T> {
    return this.ok<T>('POST', path, body);
  }

  /** Every item of a list, page by page. */
  async *each<T>(path: string, limit = 500): AsyncGenerator<T> {
    let cursor: string | null = null;
    do {
      const next: string = cursor ? `&cursor=${encodeURIComponent(cursor)}` : '';
      const page: Page<T> = await this.get<Page<T>>(`${path}${path.includes('?') ? '&' : '?'}limit=${limit}${next}`);
      yield* page.items;
      cursor = page.nextCursor;
    } while (cursor);
  }

  async all<T>(path: string, limit = 500): Promise<T[]> {
    const items: T[] = [];
    for await (const item of this.each<T>(path, limit)) items.push(item);
    return items;
  }

  private noteRepeat(outcome: string): void {
    this.repeats.set(outcome, (this.repeats.get(outcome) ?? 0) + 1);
  }

  /** The answer, or in words why the call must be repeated. */
  private async attempt<T>(method: string, path: string, body?: unknown): Promise<Answer<T> | string> {
    try {
      if (!this.token) await this.renew();
      const used = this.token;
      const response = await fetch(`${this.baseUrl}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${used}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        signal: AbortSignal.any([this.stop, AbortSignal.timeout(CALL_TIMEOUT_MS)]),
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      if (response.status === 401) {
        if (this.token === used) this.token = '';
        return '401';
      }
      const answer = { status: response.status, body: JSON.parse(text) as Answer<T>['body'] };
      if (response.status === 500)
        this.broken.push(
          `${method} ${path.split('?')[0]}: ${answer.body.code} ${answer.body.detail} ${text.slice(-120)}`,
        );
      if (response.status >= 500 || response.status === 429) return `${response.status} ${answer.body.code ?? ''}`;
      this.calls += 1;
      return answer;
    } catch (error) {
      const { message, cause, name } = error as Error & { cause?: { code?: string } };
      return cause?.code ?? (name === 'TimeoutError' ? 'time-out' : message);
    }
  }

  /** One renewal at a time, for all calls that wait for it. */
  private renew(): Promise<void> {
    this.renewal ??= this.login().finally(() => (this.renewal = undefined));
    return this.renewal;
  }

  private async login(): Promise<void> {
    const form = new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: this.clientId,
      client_secret: this.secret,
    });
    const response = await fetch(`${this.baseUrl}/auth/token`, {
      method: 'POST',
      body: form,
      signal: AbortSignal.any([this.stop, AbortSignal.timeout(CALL_TIMEOUT_MS)]),
    });
    const answer = (await response.json()) as { access_token?: string; code?: string };
    if (!answer.access_token) throw new Error(`token ${response.status} ${answer.code ?? ''}`);
    this.token = answer.access_token;
  }
}
