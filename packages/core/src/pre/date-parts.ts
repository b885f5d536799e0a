import { MISSING } from './missing.ts';

/** Parts of a date that become numbers, as pandas names them. */
export const dateParts = [
  'year',
  'month',
  'day',
  'hour',
  'minute',
  'second',
  'quarter',
  'weekday',
  'dayofweek',
  'day_of_week',
  'dayofyear',
  'day_of_year',
] as const;

export type DatePart = (typeof dateParts)[number];

/** Numbers from a column of dates and times. Plain data of pre.json. */
export interface DatePartsStep {
  readonly op: 'date-parts';
  readonly column: string;
  readonly parts: readonly DatePart[];
  /** Graph input `[N, parts]` float64. */
  readonly output: string;
}

const ISO = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.\d+)?)?)?(?:Z|[+-]\d\d:?\d\d)?$/;
const DAY = 86_400_000;

/** The parts of one date as it is written: a time zone moves nothing. NaN for what is no date. */
export function partsOfDate(text: string, parts: readonly DatePart[]): Float64Array {
  const match = text === MISSING ? null : ISO.exec(text);
  if (!match) return new Float64Array(parts.length).fill(NaN);
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map((digits) => Number(digits ?? 0)) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const time = Date.UTC(year, month - 1, day);
  const weekday = (((Math.floor(time / DAY) + 3) % 7) + 7) % 7; // 1970-01-01 was a Thursday, and Monday is 0
  const dayOfYear = Math.round((time - Date.UTC(year, 0, 1)) / DAY) + 1;
  const all: Readonly<Record<DatePart, number>> = {
    year,
    month,
    day,
    hour,
    minute,
    second,
    quarter: Math.ceil(month / 3),
    weekday,
    dayofweek: weekday,
    day_of_week: weekday,
    dayofyear: dayOfYear,
    day_of_year: dayOfYear,
  };
  return Float64Array.from(parts, (part) => all[part]);
}
