import { sleep, systemWireClock } from '@app/shared';

/** An answer of the API: its status, and its body as it came. */
export interface Answer<T> {
  status: number;
  body: T;
}

/** The API refused a call; `code` is the problem's. */
export class RefusedError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly body: Record<string, unknown>,
    what: string,
  ) {
    super(`${what} answered ${status} ${code}: ${String(body.detail ?? '')}`);
    this.name = 'RefusedError';
  }
}

/** The API could not be reached, or is not ready: the same call may be made again. */
export class AwayError extends Error {
  constructor(what: string, cause: unknown) {
    super(`${what} gave no answer: ${String((cause as Error)?.message ?? cause)}`, { cause });
    this.name = 'AwayError';
  }
}

/** A page of a list. */
export interface Page<T> {
  items: T[];
  nextCursor: string | null;
}

const TIMEOUT_MS = 30_000;
const RENEW_BEFORE_MS = 60_000;

/** A client of the public API with its own credentials, as anybody may write one. */
export class ApiClient {
  private token: { value: string; renewAt: number } | undefined;

  constructor(
    private readonly url: string,
    private readonly clientId: string,
    private readonly secret: string,
    readonly stop: AbortSignal,
  ) {}

  /** Throws RefusedError for 4xx, AwayError when there is no answer, for 429 and for 5xx. */
  async call<T>(method: string, path: string, body?: unknown): Promise<Answer<T>> {
    const what = `${method} ${path}`;
    const first = await this.send(what, method, path, body);
    const response = first.status === 401 ? await this.send(what, method, path, body) : first;
    const text = await response.text();
    const parsed = (text ? JSON.parse(text) : {}) as Record<string, unknown>;
    if (response.status >= 500 || response.status === 429)
      throw new AwayError(what, new Error(`${response.status} ${String(parsed.detail ?? '')}`));
    if (response.status >= 400) throw new RefusedError(response.status, String(parsed.code ?? ''), parsed, what);
    return { status: response.status, body: parsed as T };
  }

  async get<T>(path: string): Promise<T> {
    return (await this.call<T>('GET', path)).body;
  }

  async post<T>(path: string, body: unknown = {}): Promise<T> {
    return (await this.call<T>('POST', path, body)).body;
  }

  async put<T>(path: string, body: unknown): Promise<T> {
    return (await this.call<T>('PUT', path, body)).body;
  }

  /** Every item of a list, page by page, at most 100 pages. */
  async all<T>(path: string): Promise<T[]> {
    const items: T[] = [];
    let cursor: string | null = null;
    for (let page = 0; page < 100; page += 1) {
      const separator: string = path.includes('?') ? '&' : '?';
      const found: Page<T> = await this.get<Page<T>>(
        `${path}${separator}limit=500${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`,
      );
      items.push(...found.items);
      cursor = found.nextCursor;
      if (!cursor) break;
    }
    return items;
  }

  /** Waits until the gateway gives a token, or the program is stopped. */
  async awaitGateway(): Promise<void> {
    while (!this.stop.aborted) {
      try {
        await this.accessToken();
        return;
      } catch (error) {
        if (!(error instanceof AwayError)) throw error;
        await sleep(1_000, this.stop);
      }
    }
  }

  private async send(what: string, method: string, path: string, body: unknown): Promise<Response> {
    const token = await this.accessToken();
    const response = await this.request(what, `${this.url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (response.status === 401) this.token = undefined;
    return response;
  }

  private async accessToken(): Promise<string> {
    if (this.token && systemWireClock.now() < this.token.renewAt) return this.token.value;
    const form = new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: this.clientId,
      client_secret: this.secret,
    });
    const response = await this.request('POST /auth/token', `${this.url}/auth/token`, { method: 'POST', body: form });
    const parsed = (await response.json()) as { access_token?: string; expires_in?: number; code?: string };
    if (!parsed.access_token)
      throw new AwayError('POST /auth/token', new Error(`${response.status} ${parsed.code ?? ''}`));
    this.token = {
      value: parsed.access_token,
      renewAt: systemWireClock.now() + (parsed.expires_in ?? 600) * 1_000 - RENEW_BEFORE_MS,
    };
    return parsed.access_token;
  }

  private async request(what: string, url: string, init: RequestInit): Promise<Response> {
    try {
      return await fetch(url, { ...init, signal: AbortSignal.any([this.stop, AbortSignal.timeout(TIMEOUT_MS)]) });
    } catch (error) {
      throw new AwayError(what, error);
    }
  }
}
