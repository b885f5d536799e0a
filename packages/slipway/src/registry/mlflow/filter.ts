import { invalid, pythonRepr } from '../../mlflow-api/index.ts';
import type { Cell } from '../../stores/index.ts';

/** One comparison of a filter: `name LIKE 'churn%'`, `tags.team = 'x'`, `version_number > 2`. */
export interface Comparison {
  readonly type: 'attribute' | 'tag';
  readonly key: string;
  readonly comparator: string;
  readonly value: string | number | readonly string[];
}

/** What may be searched by. */
export interface Searchable {
  readonly attributes: readonly string[];
  /** Those that take a list behind IN. */
  readonly lists: readonly string[];
  readonly numbers: readonly string[];
}

const MOST_CLAUSES = 100;
const word = /\s*(?:(tags?|attribute|\w+)\.)?(`[^`]+`|"[^"]+"|[\w.-]+)/y;
const comparison = /\s*(!=|<=|>=|=|<|>|NOT\s+IN\b|IN\b|I?LIKE\b|IS\s+NOT\b|IS\b)/iy;
const operand = /\s*('(?:[^']|'')*'|"(?:[^"]|"")*"|\((?:[^()'"]|'[^']*'|"[^"]*")*\)|-?[\d.]+|\S+)/y;
const and = /\s+AND\s+|\s*;?\s*$/iy;

/** Reads a filter as the reference server does: comparisons, joined by AND. */
export function parseFilter(text: string, searchable: Searchable): Comparison[] {
  const found: Comparison[] = [];
  let at = 0;
  const take = (pattern: RegExp): RegExpExecArray | undefined => {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match) at = pattern.lastIndex;
    return match ?? undefined;
  };
  while (text.slice(at).trim() !== '') {
    const begin = at;
    const name = take(word);
    const sign = name && take(comparison)?.[1]?.toUpperCase().replaceAll(/\s+/g, ' ');
    const right = sign === undefined ? undefined : take(operand)?.[1];
    if (!name || sign === undefined || right === undefined || found.length >= MOST_CLAUSES)
      throw invalid(`Invalid clause(s) in filter string: ${text.slice(begin).trim().slice(0, 500)}`);
    if (!take(and)) throw invalid(`Invalid clause(s) in filter string: ${/\S+/.exec(text.slice(at))?.[0] ?? ''}`);
    const { type, key } = identify(name[1], name[2] as string, searchable);
    found.push({ type, key, comparator: sign, value: valueOf(type, key, right, searchable) });
  }
  return found;
}

function identify(
  entity: string | undefined,
  written: string,
  { attributes }: Searchable,
): Pick<Comparison, 'type' | 'key'> {
  if (entity !== undefined && !['attribute', 'tag', 'tags'].includes(entity))
    throw invalid(`Invalid entity type '${entity}'. Valid entity types are ('attribute', 'tag', 'tags')`);
  const key = /^[`"]/.test(written) ? written.slice(1, -1) : written;
  if (entity === 'tag' || entity === 'tags') return { type: 'tag', key };
  if (!attributes.includes(written))
    throw invalid(`Invalid attribute key '${written}' specified. Valid keys are '${setText(attributes)}'`);
  return { type: 'attribute', key };
}

function valueOf(
  type: Comparison['type'],
  key: string,
  right: string,
  { lists, numbers }: Searchable,
): Comparison['value'] {
  if (/^['"]/.test(right)) return right.slice(1, -1);
  const isWord = /^[A-Za-z_]/.test(right);
  if (isWord)
    throw invalid(
      `Parameter value is either not quoted or unidentified quote types used for string value ${right}. Use either single or double quotes.`,
    );
  if (type === 'tag') throw invalid(`Expected a quoted string value for tag (e.g. 'my-value'). Got value ${right}`);
  if (right.startsWith('(')) {
    if (!lists.includes(key))
      throw invalid(
        `Only [${lists.map((name) => `'${name}'`).join(', ')}] attributes support comparison with a list of quoted string values.`,
      );
    return listOf(right);
  }
  if (numbers.length > 0 && /^-?\d+(\.\d*)?$/.test(right)) {
    if (!numbers.includes(key))
      throw invalid(`Only the '${setText(numbers)}' attributes support comparison with numeric values.`);
    return Number(right);
  }
  throw invalid(`Expected a quoted string value or a list of quoted string values for attributes. Got value ${right}`);
}

function listOf(text: string): string[] {
  const inner = text.slice(1, -1).trim();
  const items = [...inner.matchAll(/'([^']*)'|"([^"]*)"/g)].map(([, single, double]) => single ?? double ?? '');
  const rest = inner.replaceAll(/'[^']*'|"[^"]*"/g, '').replaceAll(/[\s,]/g, '');
  if (rest !== '' || items.length === 0) {
    throw invalid(
      'While parsing a list in the query, expected string value, punctuation, or whitespace, but got different type in list: ' +
        text,
    );
  }
  return items;
}

/** A condition in SQL, with its values. */
export interface Condition {
  readonly sql: string;
  readonly values: readonly Cell[];
}

/** `column COMPARATOR value`. LIKE minds the case, as there. */
export function condition(column: string, comparator: string, value: Comparison['value']): Condition {
  if (Array.isArray(value)) {
    const items = value as readonly string[];
    return { sql: `${column} ${comparator} (${items.map(() => '?').join(', ')})`, values: items };
  }
  const given = value as string | number;
  switch (comparator) {
    case 'LIKE':
      return { sql: `${column} GLOB ?`, values: [globOf(String(given))] };
    case 'ILIKE':
      return { sql: `lower(${column}) LIKE lower(?)`, values: [given] };
    default:
      return { sql: `${column} ${comparator} ?`, values: [given] };
  }
}

/** The same pattern for GLOB, which minds the case. */
function globOf(pattern: string): string {
  return pattern.replaceAll(/[*?[]/g, '[$&]').replaceAll('%', '*').replaceAll('_', '?');
}

const orderClause = /^\s*(?:attributes?\.)?(`[^`]+`|"[^"]+"|\S+?)(?:\s+(\S+))?\s*$/;

/** `name DESC` → the key and the direction. */
export function parseOrder(clause: string): { readonly key: string; readonly isAscending: boolean } {
  const [, written, direction = 'asc'] = orderClause.exec(clause) ?? [];
  if (written === undefined) throw invalid(`Invalid order_by clause '${clause}'. Could not be parsed.`);
  const lower = direction.toLowerCase();
  if (lower !== 'asc' && lower !== 'desc') throw invalid(`Invalid ordering key in order_by clause '${clause}'.`);
  return { key: written.replaceAll(/[`"]/g, ''), isAscending: lower === 'asc' };
}

/** How many rows lie before the page; 0 without a token. */
export function offsetOf(token: string | undefined): number {
  if (token === undefined || token === '') return 0;
  const clean = token.replaceAll(/[^A-Za-z0-9+/=]/g, '');
  if (clean.replaceAll('=', '').length % 4 === 1 || (clean.length % 4 !== 0 && !clean.endsWith('=')))
    throw invalid('Invalid page token, could not base64-decode');
  const decoded = Buffer.from(clean, 'base64').toString('utf8');
  let offset: unknown;
  try {
    offset = (JSON.parse(decoded) as { offset?: unknown } | null)?.offset;
  } catch {
    throw invalid(`Invalid page token, decoded value=b${pythonRepr(decoded)}`);
  }
  if (typeof offset !== 'number' || !Number.isSafeInteger(offset) || offset < 0)
    throw invalid(`Invalid page token, decoded value=b${pythonRepr(decoded)}`);
  return offset;
}

export function pageToken(offset: number): string {
  return Buffer.from(`{"offset": ${offset}}`).toString('base64');
}

/** How Python shows a set of names. */
export function setText(names: readonly string[]): string {
  return `{${names.map((name) => `'${name}'`).join(', ')}}`;
}
