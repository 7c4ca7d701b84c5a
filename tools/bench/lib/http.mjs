import { Agent, request } from 'node:http';

/** A caller with kept connections; bodies are given ready to be sent, so that making them is not measured. */
export class Caller {
  constructor({ baseUrl, token, connections }) {
    this.baseUrl = baseUrl;
    this.token = token;
    this.agent = new Agent({ keepAlive: true, maxSockets: connections });
  }

  /** Status and text of an answer. A kept connection that the server had just closed is replaced by another one, once. */
  async send(method, path, body) {
    try {
      return await this.sendOnce(method, path, body);
    } catch (error) {
      if (error.isReused !== true) throw error;
      return this.sendOnce(method, path, body);
    }
  }

  sendOnce(method, path, body) {
    const payload = body === undefined || Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body));
    const headers = {
      authorization: `Bearer ${this.token}`,
      ...(payload ? { 'content-type': 'application/json', 'content-length': payload.length } : {}),
    };
    return new Promise((resolve, reject) => {
      const call = request(`${this.baseUrl}${path}`, { method, headers, agent: this.agent }, (answer) => {
        const parts = [];
        answer.on('data', (part) => parts.push(part));
        answer.once('end', () => resolve({ status: answer.statusCode, text: Buffer.concat(parts).toString() }));
        answer.once('error', reject);
      });
      call.once('error', (error) => reject(Object.assign(error, { isReused: call.reusedSocket })));
      call.end(payload);
    });
  }

  /** The parsed answer of a call that must succeed. */
  async ok(method, path, body) {
    const { status, text } = await this.send(method, path, body);
    if (status >= 300) throw new Error(`${method} ${path} answered ${status}: ${text.slice(0, 500)}`);
    return text === '' ? undefined : JSON.parse(text);
  }

  /** Every item of a list, page by page. */
  async all(path) {
    const items = [];
    let cursor = null;
    do {
      const more = cursor ? `&cursor=${encodeURIComponent(cursor)}` : '';
      const page = await this.ok('GET', `${path}${path.includes('?') ? '&' : '?'}limit=200${more}`);
      items.push(...page.items);
      cursor = page.nextCursor;
    } while (cursor);
    return items;
  }

  close() {
    this.agent.destroy();
  }
}

/** Works through a list with some callers at once; answers the seconds that it took. */
export async function timed(items, callers, work) {
  let next = 0;
  const from = performance.now();
  const caller = async () => {
    while (next < items.length) {
      const index = next;
      next += 1;
      await work(items[index], index);
    }
  };
  await Promise.all(Array.from({ length: Math.min(callers, items.length) }, caller));
  return (performance.now() - from) / 1000;
}
