import type { Shape } from './answer-shape.ts';

/** Writes rows as JSON text. */
export interface JsonWriter {
  write(row: number): string;
  /** Numbers written as null since this was last set to 0. */
  oddNumbers: number;
}

/** Compiles a shape into closures that join prepared text and numbers; number text is that of JSON.stringify. */
export function jsonWriter(shape: Shape): JsonWriter {
  const writer: JsonWriter = { write: compile(shape), oddNumbers: 0 };
  return writer;

  function compile(part: Shape): (row: number) => string {
    switch (part.kind) {
      case 'object':
        return joined(
          '{',
          part.members.map(([key]) => `${JSON.stringify(key)}:`),
          part.members.map(([, value]) => compile(value)),
          '}',
        );
      case 'array':
        return part.items.length > 0 && part.items.every((item) => item.kind === 'number')
          ? numbers(part.items.map((item) => item.read))
          : joined(
              '[',
              part.items.map(() => ''),
              part.items.map(compile),
              ']',
            );
      case 'number': {
        const { read } = part;
        return (row) => number(read(row));
      }
      case 'choice': {
        const texts = part.values.map((value) => JSON.stringify(value));
        const { read } = part;
        return (row) => texts[read(row)] ?? 'null';
      }
      case 'integer': {
        const { read } = part;
        return (row) => {
          const value = read(row);
          return value > 9007199254740991n || value < -9007199254740991n ? `"${value}"` : `${value}`;
        };
      }
      case 'boolean': {
        const { read } = part;
        return (row) => (read(row) ? 'true' : 'false');
      }
      case 'string': {
        // Labels repeat: the text of the last few is kept.
        const { read } = part;
        const texts = new Map<string, string>();
        return (row) => {
          const value = read(row);
          let text = texts.get(value);
          if (text === undefined) {
            if (texts.size >= 64) texts.clear();
            texts.set(value, (text = JSON.stringify(value)));
          }
          return text;
        };
      }
    }
  }

  function number(value: number): string {
    if (value - value === 0) return `${value}`;
    writer.oddNumbers++;
    return 'null';
  }

  function numbers(reads: readonly ((row: number) => number)[]): (row: number) => string {
    const count = reads.length;
    return (row) => {
      let text = '[';
      for (let i = 0; i < count; i++) text += (i === 0 ? '' : ',') + number((reads[i] as (row: number) => number)(row));
      return `${text}]`;
    };
  }
}

function joined(
  open: string,
  heads: readonly string[],
  values: readonly ((row: number) => string)[],
  close: string,
): (row: number) => string {
  const before = heads.map((head, i) => (i === 0 ? open : ',') + head);
  const count = values.length;
  if (count === 0) return () => open + close;
  const [a = '', b = ''] = before;
  const [first, second] = values as [(row: number) => string, (row: number) => string];
  // Most answers have one or two members.
  if (count === 1) return (row) => a + first(row) + close;
  if (count === 2) return (row) => a + first(row) + b + second(row) + close;
  return (row) => {
    let text = '';
    for (let i = 0; i < count; i++) text += (before[i] as string) + (values[i] as (row: number) => string)(row);
    return text + close;
  };
}
