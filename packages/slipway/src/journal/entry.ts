/** One row of the request log. The names are those of the columns in its files. */
export interface LogEntry {
  /** Joins answers, logs, traces and feedback. */
  readonly request_id: string;
  /** Of the row in its request, from 0. */
  readonly row_index: number;
  /** Milliseconds since the epoch: when the answer was out. */
  readonly time: number;
  readonly model: string;
  /** Null for a file that is served without a registry. */
  readonly version: number | null;
  readonly digest: string;
  readonly wire: string;
  readonly key: string | null;
  readonly trace_id: string | null;
  /** JSON text, redacted. */
  readonly row: string;
  /** JSON text. */
  readonly answer: string;
  /** Of the whole request. */
  readonly ms: number;
}

/** How each column is stored. */
export const entryColumns = {
  request_id: 'STRING',
  row_index: 'INT32',
  time: 'TIMESTAMP',
  model: 'STRING',
  version: 'INT32',
  digest: 'STRING',
  wire: 'STRING',
  key: 'STRING',
  trace_id: 'STRING',
  row: 'STRING',
  answer: 'STRING',
  ms: 'DOUBLE',
} as const satisfies Record<keyof LogEntry, string>;

/** The entries of an open segment; a last line that is cut off is left out. */
export function parseEntries(text: string): LogEntry[] {
  const entries: LogEntry[] = [];
  for (const line of text.split('\n')) {
    if (line === '') continue;
    try {
      entries.push(JSON.parse(line) as LogEntry);
    } catch {
      // Whoever wrote it was stopped in the middle.
    }
  }
  return entries;
}
