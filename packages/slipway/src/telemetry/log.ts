/** Facts of a log line. Never inputs, headers or secrets. */
export type LogFields = Readonly<Record<string, unknown>>;

/** A fixed sentence and fields; names of fields are those of the whole product (`model`, `version`, `ms`, …). */
export interface Log {
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  /** `error` in the fields is written with its stack and cause. */
  error(message: string, fields?: LogFields): void;
}

export interface LogOptions {
  /** `json`: one object a line. `text`: for eyes. `off`: nothing. */
  readonly format: 'json' | 'text' | 'off';
  readonly write: (line: string) => void;
  readonly now?: (() => Date) | undefined;
}

type Level = 'info' | 'warn' | 'error';

/** Makes a log. JSON fits collectors, text a terminal. */
export function createLog({ format, write, now = () => new Date() }: LogOptions): Log {
  const line = { json: jsonLine, text: textLine, off: undefined }[format];
  const at =
    (level: Level) =>
    (message: string, fields: LogFields = {}): void => {
      if (line) write(line(level, now(), message, fields));
    };
  return { info: at('info'), warn: at('warn'), error: at('error') };
}

/** Where nothing is wanted: tests, one-shot commands. */
export const silentLog: Log = createLog({ format: 'off', write: () => {} });

function jsonLine(level: Level, time: Date, message: string, fields: LogFields): string {
  return `${JSON.stringify({ time: time.toISOString(), level, message, ...plain(fields) })}\n`;
}

function textLine(level: Level, time: Date, message: string, fields: LogFields): string {
  const facts = Object.entries(plain(fields)).map(
    ([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  const mark = { info: ' ', warn: '!', error: '✗' }[level];
  return `${time.toISOString().slice(11, 23)} ${mark} ${[message, ...facts].join('  ')}\n`;
}

function plain(fields: LogFields): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name, value instanceof Error ? errorText(value) : value]),
  );
}

function errorText(error: Error): string {
  const text = error.stack ?? String(error);
  return error.cause instanceof Error ? `${text}\ncaused by ${errorText(error.cause)}` : text;
}
