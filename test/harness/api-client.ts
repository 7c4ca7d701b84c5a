/** An answer of the API, whatever its status. */
export interface ApiAnswer<T = Record<string, unknown>> {
  status: number;
  body: T;
  headers: Headers;
}

/** A caller of the public API, as any other program would be. */
export class ApiClient {
  private constructor(
    readonly baseUrl: string,
    private readonly credentials: { clientId: string; secret: string },
    private token: string,
  ) {}

  static async login(baseUrl: string, clientId: string, secret: string): Promise<ApiClient> {
    const client = new ApiClient(baseUrl, { clientId, secret }, '');
    await client.renew();
    return client;
  }

  async renew(): Promise<void> {
    const { clientId, secret } = this.credentials;
    const form = new URLSearchParams({ grant_type: 'client_credentials', client_id: clientId, client_secret: secret });
    const ask = () => fetch(`${this.baseUrl}/auth/token`, { method: 'POST', body: form });
    // A kept connection may have been closed by the other side while this process was busy; asking again does no harm.
    const response = await ask().catch((error: unknown) => {
      if (error instanceof TypeError) return ask();
      throw error;
    });
    const body = (await response.json()) as { access_token?: string; detail?: string };
    if (!body.access_token) throw new Error(`No token for ${clientId}: ${response.status} ${body.detail ?? ''}`);
    this.token = body.access_token;
  }

  async call<T = Record<string, unknown>>(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<ApiAnswer<T>> {
    const response = await fetch(`${this.baseUrl}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.token}`,
        ...(body === undefined || body instanceof FormData ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      body: body === undefined || body instanceof FormData || typeof body === 'string' ? body : JSON.stringify(body),
    });
    const text = await response.text();
    const parsed = (response.headers.get('content-type') ?? '').includes('json')
      ? (JSON.parse(text) as T)
      : (text as unknown as T);
    return { status: response.status, body: parsed, headers: response.headers };
  }

  /** A call that must succeed; its body. */
  async ok<T = Record<string, unknown>>(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<T> {
    let answer = await this.call<T>(method, path, body, headers);
    if (answer.status === 401) {
      await this.renew();
      answer = await this.call<T>(method, path, body, headers);
    }
    if (answer.status >= 300)
      throw new Error(`${method} ${path} answered ${answer.status}: ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  get<T = Record<string, unknown>>(path: string): Promise<T> {
    return this.ok<T>('GET', path);
  }

  post<T = Record<string, unknown>>(
    path: string,
    body: unknown = {},
    headers: Record<string, string> = {},
  ): Promise<T> {
    return this.ok<T>('POST', path, body, headers);
  }

  /** Every item of a list, page by page. */
  async all<T>(path: string, limit = 200): Promise<T[]> {
    const items: T[] = [];
    let cursor: string | null = null;
    do {
      const query: string = `${path}${path.includes('?') ? '&' : '?'}limit=${limit}${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`;
      const page: { items: T[]; nextCursor: string | null } = await this.get(query);
      items.push(...page.items);
      cursor = page.nextCursor;
    } while (cursor);
    return items;
  }
}
