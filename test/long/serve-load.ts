import { Agent, request } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';

/** A request that is made again and again, and its answer by label of the version (`''` where none answers). */
export interface Kind {
  readonly path: string;
  readonly type: string;
  readonly body: string;
  readonly status: number;
  readonly answers: Readonly<Record<string, string>>;
  /** Of all requests. */
  readonly share: number;
}

export interface Answered {
  readonly status: number;
  readonly model: string;
  readonly text: string;
}

/** Clients of one server, with one key. They keep their connections. */
export class Clients {
  readonly #url: string;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 64 });
  /** Requests a second; may be changed while it runs. */
  rate: number;
  answered = 0;
  refused = 0;
  underWay = 0;
  readonly wrong: string[] = [];

  constructor(url: string, headers: Readonly<Record<string, string>>, rate: number) {
    this.#url = url;
    this.#headers = headers;
    this.rate = rate;
  }

  /** One request, waited for. With `leave`, the client goes away as soon as it has asked. */
  ask(method: string, path: string, body: string, type: string, leave = false): Promise<Answered | undefined> {
    return new Promise((resolve, reject) => {
      const headers = { ...this.#headers, 'content-type': type, 'content-length': Buffer.byteLength(body) };
      const asked = request(this.#url + path, { method, agent: this.#agent, headers }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (part: string) => (text += part));
        response.on('error', reject);
        response.on('end', () => {
          const { statusCode: status = 0, headers: got } = response;
          resolve({ status, model: String(got['x-slipway-model'] ?? ''), text });
        });
      });
      asked.on('error', (error) => (leave ? resolve(undefined) : reject(error)));
      asked.end(body, () => leave && setImmediate(() => asked.destroy()));
    });
  }

  /** Requests leave when they are due until the signal aborts; every answer is checked. */
  async run(kinds: readonly Kind[], signal: AbortSignal): Promise<void> {
    let last = performance.now();
    let due = 0;
    let number = 0;
    while (!signal.aborted) {
      await wait(2);
      const now = performance.now();
      due = Math.min(due + ((now - last) / 1000) * this.rate, this.rate);
      last = now;
      for (; due >= 1; due--) this.#one(pick(kinds, ++number), number % 199 === 0);
    }
    while (this.underWay > 0) await wait(10);
    this.#agent.destroy();
  }

  #one(kind: Kind, leave: boolean): void {
    this.underWay++;
    this.ask('POST', kind.path, kind.body, kind.type, leave)
      .then(
        (got) => got && this.#check(kind, got),
        (error: Error) => this.#note(`lost: ${error.message}`),
      )
      .finally(() => this.underWay--);
  }

  #check({ path, status, answers }: Kind, got: Answered): void {
    if (got.status === 503) {
      this.refused++;
      return;
    }
    this.answered++;
    // What says the number of the request is another one each time.
    const text = got.status === 200 ? got.text : (/"detail":"(?:[^"\\]|\\.)*"/.exec(got.text)?.[0] ?? got.text);
    if (got.status !== status || answers[got.model] !== text)
      this.#note(`${path}: ${got.status} ${got.model} ${text.slice(0, 300)}`);
  }

  #note(what: string): void {
    if (this.wrong.length < 20) this.wrong.push(what);
  }
}

/** Shares of a hundred; neighbours are of different kinds. */
function pick(kinds: readonly Kind[], number: number): Kind {
  let at = (number * 37) % 100;
  for (const kind of kinds) if ((at -= kind.share) < 0) return kind;
  return kinds[0] as Kind;
}
