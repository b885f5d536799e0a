/** What a setting takes. A list: one of these words. */
export type Kind = 'text' | 'port' | 'count' | 'amount' | 'bytes' | 'duration' | 'share' | 'switch' | readonly string[];

/** The type behind a kind. Bytes are bytes, durations milliseconds, shares from 0 to 1. */
export type ValueOf<K> = K extends 'text'
  ? string
  : K extends 'switch'
    ? boolean
    : K extends readonly (infer Word)[]
      ? Word
      : number;

/** A value, or what was expected. */
export type Parsed =
  | { readonly value: string | number | boolean; readonly expected?: undefined }
  | { readonly expected: string };

const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  k: 1024,
  m: 1024 ** 2,
  g: 1024 ** 3,
  kib: 1024,
  mib: 1024 ** 2,
  gib: 1024 ** 3,
};
const TIMES: Readonly<Record<string, number>> = {
  '': 1,
  ms: 1,
  s: 1000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** Reads the text of a flag or variable: `64MiB`, `30s`, `true`. */
export function parseSetting(kind: Kind, text: string): Parsed {
  if (typeof kind !== 'string') return kind.includes(text) ? { value: text } : { expected: kind.join(' or ') };
  switch (kind) {
    case 'text':
      return { value: text };
    case 'port':
      return integer(text, 0, 65535, 'a port from 0 to 65535');
    case 'count':
      return integer(text, 1, 1_000_000, 'a whole number from 1 to 1000000');
    case 'amount':
      return integer(text, 1, 1_000_000_000_000, 'a whole number from 1 to 1000000000000');
    case 'bytes':
      return withUnit(text, UNITS, 'a size such as 64MiB');
    case 'duration':
      return withUnit(text, TIMES, 'a time such as 500ms, 30s, 5min or 90d');
    case 'share': {
      const value = text === 'off' ? 0 : /^\d*\.?\d+$/.test(text) ? Number(text) : NaN;
      return value >= 0 && value <= 1 ? { value } : { expected: 'off or a share from 0 to 1' };
    }
    case 'switch':
      if (/^(true|1|yes|on)$/i.test(text)) return { value: true };
      return /^(false|0|no|off)$/i.test(text) ? { value: false } : { expected: 'true or false' };
  }
}

function integer(text: string, min: number, max: number, expected: string): Parsed {
  const value = /^\d{1,13}$/.test(text) ? Number(text) : NaN;
  return value >= min && value <= max ? { value } : { expected };
}

function withUnit(text: string, units: Readonly<Record<string, number>>, expected: string): Parsed {
  const [, amount = '', unit = ''] = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(text.trim()) ?? [];
  const factor = Object.hasOwn(units, unit.toLowerCase()) ? units[unit.toLowerCase()] : undefined;
  return amount === '' || factor === undefined ? { expected } : { value: Math.round(Number(amount) * factor) };
}
