import { styleText } from 'node:util';

type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';

/** Where a command writes: answers to stdout, everything said to people to stderr. */
export class Terminal {
  readonly #out: NodeJS.WriteStream;
  readonly #err: NodeJS.WriteStream;
  #hasProgress = false;

  constructor(out: NodeJS.WriteStream = process.stdout, err: NodeJS.WriteStream = process.stderr) {
    this.#out = out;
    this.#err = err;
    // `slipway … | head` closes the pipe early: there is nobody left to write to, and nothing went wrong.
    for (const stream of [out, err]) {
      stream.on('error', (error: NodeJS.ErrnoException) => {
        if (error.code === 'EPIPE') process.exit(0);
        throw error;
      });
    }
  }

  /** A line of the answer. */
  print(text = ''): void {
    this.#out.write(`${text}\n`);
  }

  /** A JSON document as the answer. */
  printJson(value: unknown): void {
    this.#out.write(`${JSON.stringify(value, null, this.#out.isTTY ? 2 : undefined)}\n`);
  }

  /** A line for people. */
  say(text = ''): void {
    this.#clear();
    this.#err.write(`${text}\n`);
  }

  warn(text: string): void {
    this.say(`${this.errStyle('yellow', 'warning')}: ${text}`);
  }

  /** Shows what is going on, in one line that the next one replaces; on a terminal only. */
  progress(text: string): void {
    if (!this.#err.isTTY) return;
    this.#clear();
    this.#err.write(styleText('dim', text.slice(0, Math.max(20, (this.#err.columns ?? 80) - 1))));
    this.#hasProgress = true;
  }

  endProgress(): void {
    this.#clear();
  }

  /** Styled for stdout: colours on a terminal only, and never with NO_COLOR. */
  style(style: Style, text: string): string {
    return styleText(style, text, { stream: this.#out });
  }

  errStyle(style: Style, text: string): string {
    return styleText(style, text, { stream: this.#err });
  }

  get width(): number {
    return this.#out.isTTY ? Math.max(40, this.#out.columns ?? 80) : 120;
  }

  #clear(): void {
    if (!this.#hasProgress) return;
    this.#err.write('\r\u001B[2K');
    this.#hasProgress = false;
  }
}
