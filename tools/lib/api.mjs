/** A client of the public API with a token that is renewed before it ends. */
export class ApiClient {
  constructor(gatewayUrl, { id, secret, scope }) {
    this.gatewayUrl = gatewayUrl;
    this.credentials = {
      grant_type: 'client_credentials',
      client_id: id,
      client_secret: secret,
      ...(scope ? { scope } : {}),
    };
  }

  /** Body of a GET; throws an Error with the status and the server's own words. */
  async get(path, timeoutMs = 3000) {
    if (!this.token || Date.now() > this.tokenEndsAt) await this.fetchToken();
    const response = await fetch(`${this.gatewayUrl}${path}`, {
      headers: { authorization: `Bearer ${this.token}` },
      signal: AbortSignal.timeout(timeoutMs),
    });
    if (response.status === 401) this.token = undefined;
    return read(response, path);
  }

  async fetchToken() {
    const response = await fetch(`${this.gatewayUrl}/auth/token`, {
      method: 'POST',
      body: new URLSearchParams(this.credentials),
      signal: AbortSignal.timeout(5000),
    });
    const answer = await read(response, '/auth/token');
    this.token = answer.access_token;
    this.tokenEndsAt = Date.now() + (answer.expires_in - 60) * 1000;
  }
}

/** An answer that is no success; `brief` fits into a line. */
class AnswerError extends Error {
  constructor(path, status, text) {
    super(`${path} answers ${status}: ${text.slice(0, 300)}`);
    this.brief = `${path} answers ${status}`;
  }
}

async function read(response, path) {
  const text = await response.text();
  if (response.ok) return JSON.parse(text);
  throw new AnswerError(path, response.status, text);
}

/** Cause of a failed call in a few words. */
export const causeOf = (error) => error.cause?.code ?? error.brief ?? error.message;
