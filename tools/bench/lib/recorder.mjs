import { Agent, createServer, request } from 'node:http';
import { timed } from './http.mjs';

/** Headers that belong to a connection and not to what is said over it. */
const OF_THE_CONNECTION = ['host', 'connection', 'keep-alive', 'transfer-encoding', 'content-length'];

/** Stands in front of a server, passes everything on unchanged, and keeps what was asked. */
export class Recorder {
  static async start(targetUrl) {
    const recorder = Object.assign(new Recorder(), { targetUrl, asked: [], open: 0, mostOpen: 0 });
    recorder.agent = new Agent({ keepAlive: true, maxSockets: 256 });
    recorder.server = createServer((incoming, answer) => recorder.pass(incoming, answer));
    await new Promise((done) => recorder.server.listen(0, '127.0.0.1', done));
    recorder.url = `http://127.0.0.1:${recorder.server.address().port}`;
    return recorder;
  }

  /** What was asked since the last time, and how many requests were under way at once at most. */
  take() {
    const { asked, mostOpen } = this;
    Object.assign(this, { asked: [], mostOpen: this.open });
    return { asked, mostOpen };
  }

  pass(incoming, answer) {
    this.open += 1;
    this.mostOpen = Math.max(this.mostOpen, this.open);
    answer.once('close', () => (this.open -= 1));
    const parts = [];
    incoming.on('data', (part) => parts.push(part));
    incoming.once('end', () => {
      const { method, url: path } = incoming;
      const kept = Object.entries(incoming.headers).filter(([name]) => !OF_THE_CONNECTION.includes(name));
      const one = { method, path, headers: Object.fromEntries(kept), body: Buffer.concat(parts) };
      this.asked.push(one);
      send(this.targetUrl, one, this.agent, (given) => {
        one.answered = 0;
        given.on('data', (part) => (one.answered += part.length));
        answer.writeHead(given.statusCode, given.headers);
        given.pipe(answer);
      }).on('error', () => answer.destroy());
    });
  }

  async stop() {
    this.agent.destroy();
    this.server.closeAllConnections();
    await new Promise((done) => this.server.close(done));
  }
}

function send(baseUrl, { method, path, headers, body }, agent, onAnswer) {
  const call = request(
    `${baseUrl}${path}`,
    { method, headers: { ...headers, 'content-length': body.length }, agent },
    onAnswer,
  );
  call.end(body);
  return call;
}

/**
 * Sends recorded requests again with some callers at once and reads every answer to its end, no more. Answers the seconds,
 * and the bytes that came: a server that refuses what is too old answers less.
 */
export async function sendAgain(targetUrl, asked, callers) {
  const agent = new Agent({ keepAlive: true, maxSockets: callers });
  let bytes = 0;
  try {
    const seconds = await timed(
      asked,
      callers,
      (one) =>
        new Promise((resolve, reject) => {
          const call = send(targetUrl, one, agent, (answer) => {
            if (answer.statusCode !== 200) reject(new Error(`${one.path.slice(0, 80)} answered ${answer.statusCode}`));
            answer.on('data', (part) => (bytes += part.length));
            answer.once('end', resolve);
            answer.once('error', reject);
          });
          call.once('error', reject);
        }),
    );
    return { seconds, bytes };
  } finally {
    agent.destroy();
  }
}
