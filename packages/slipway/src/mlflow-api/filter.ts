import { listOf, parseComparisons, unquoted, type Comparison, type Token } from './filter-tokens.ts';
import { invalid } from './refuse.ts';

/** One condition of a filter, checked. */
export interface Clause {
  readonly type: string;
  readonly key: string;
  readonly comparator: string;
  readonly value: string | number | readonly string[] | undefined;
}

/** What may stand in the filters and orders of one search. */
export interface Grammar {
  /** Spellings of each type: `param` and `params` are `parameter`. The first is what a bare name means. */
  readonly types: ReadonlyMap<string, string>;
  /** The types as errors list them. */
  readonly listed: readonly string[];
  readonly attributes: readonly string[];
  readonly numeric: readonly string[];
  readonly orderable: readonly string[];
  /** Attributes that take IN. */
  readonly lists: readonly string[];
  readonly nullable: readonly string[];
}

const NUMBERS = ['>', '>=', '!=', '=', '<', '<='];
const TEXTS = ['!=', '=', 'LIKE', 'ILIKE'];
const LISTS = ['IN', 'NOT IN'];
const NULLS = ['IS NULL', 'IS NOT NULL'];
const DATASET_KEYS = ['name', 'digest', 'context'];

/** Reads a filter; INVALID_PARAMETER_VALUE with the texts of MLflow's server. */
export function parseFilter(filter: string, grammar: Grammar): Clause[] {
  return parseComparisons(filter).map((comparison) => readClause(comparison, grammar));
}

function readClause({ left, comparator, right }: Comparison, grammar: Grammar): Clause {
  const { type, key } = readName(left.text, grammar, grammar.attributes);
  if (right === undefined) {
    if (!grammar.nullable.includes(type))
      throw invalid(
        `IS NULL / IS NOT NULL is only supported for ${grammar.nullable.map((name) => `${name.replace('parameter', 'param')}s`).join(' and ')}, not for ${grammar.nullable.length === 1 ? type : `'${type}'`} '${key}'`,
      );
    return { type, key, comparator, value: undefined };
  }
  const value = valueOf(type, key, right, grammar);
  checkComparator(type, key, comparator, grammar);
  return { type, key, comparator, value };
}

/** `metrics.acc` → its type and key. */
function readName(name: string, grammar: Grammar, attributes: readonly string[]): { type: string; key: string } {
  const dot = name.indexOf('.');
  const given = dot < 0 ? 'attribute' : name.slice(0, dot);
  const type = grammar.types.get(unquoted(given, '`') ?? given);
  if (type === undefined)
    throw invalid(
      `Invalid entity type '${given}'. Valid values are [${grammar.listed.map((one) => `'${one}'`).join(', ')}]`,
    );
  const rest = name.slice(dot + 1);
  const inner = unquoted(rest, "'", '"') ?? rest;
  const key = unquoted(inner, '`') ?? inner;
  if (type === 'attribute' && !attributes.includes(key))
    throw invalid(`Invalid attribute key '${key}' specified. Valid keys are '{${quoted(attributes)}}'`);
  if (type === 'dataset' && !DATASET_KEYS.includes(key))
    throw invalid(`Invalid dataset key '${key}' specified. Valid keys are '{${quoted(DATASET_KEYS)}}'`);
  return { type, key };
}

function valueOf(type: string, key: string, token: Token, grammar: Grammar): Clause['value'] {
  const isNumber = token.kind === 'number';
  if (type === 'metric') {
    if (!isNumber) throw invalid(`Expected numeric value type for metric. Found ${token.text}`);
    return Number(token.text);
  }
  if (type === 'attribute' && grammar.numeric.includes(key)) {
    if (!isNumber) throw invalid(`Expected numeric value type for numeric attribute: ${key}. Found ${token.text}`);
    return Number(token.text);
  }
  if (token.kind === 'list' && (type === 'attribute' || type === 'dataset')) {
    if (type === 'attribute' && !grammar.lists.includes(key))
      throw invalid(
        `Only [${quoted(grammar.lists)}] attributes support comparison with a list of quoted string values.`,
      );
    return listOf(token);
  }
  if (token.kind === 'string' || token.kind === 'name') return quotedValue(token.text);
  const what =
    type === 'attribute' ? 'attributes.' : type === 'dataset' ? 'dataset attributes.' : `${type} (e.g. 'my-value').`;
  throw invalid(`Expected a quoted string value for ${what} Got value ${token.text}`);
}

function quotedValue(text: string): string {
  const value = unquoted(text, "'", '"');
  if (value === undefined)
    throw invalid(
      `Parameter value is either not quoted or unidentified quote types used for string value ${text}. Use either single or double quotes.`,
    );
  return value;
}

function checkComparator(type: string, key: string, comparator: string, grammar: Grammar): void {
  const isNumeric = type === 'metric' || (type === 'attribute' && grammar.numeric.includes(key));
  const takesLists = type === 'dataset' || type === 'attribute';
  const allowed = isNumeric ? NUMBERS : takesLists ? [...TEXTS, ...LISTS] : [...TEXTS, ...NULLS];
  if (allowed.includes(comparator)) return;
  // That server shows the comparators of texts for numeric attributes, and forgets some closing quotes; so its users read them.
  const shown = type === 'attribute' ? [...TEXTS, ...LISTS] : allowed;
  const end = type === 'parameter' || (type === 'attribute' && !isNumeric) ? "'" : '';
  throw invalid(`Invalid comparator '${comparator}' not one of '{${quoted(shown)}}${end}`);
}

function quoted(names: readonly string[]): string {
  return names.map((name) => `'${name}'`).join(', ');
}

/** What a search is ordered by. */
export interface Order {
  readonly type: string;
  readonly key: string;
  readonly ascending: boolean;
}

const ORDER =
  /^\s*((?:[\p{L}_][\p{L}\p{N}_$]*|`[^`]*`|"[^"]*")(?:\.(?:[\p{L}\p{N}_$]+|`[^`]*`|"[^"]*"))*)(?:\s+(\S+))?\s*$/u;

/** Reads `metrics.acc DESC`. */
export function parseOrder(order: string, grammar: Grammar): Order {
  const [, name, direction] = ORDER.exec(order) ?? [];
  if (name === undefined || direction === ',')
    throw invalid(`Invalid order_by clause '${order}'. Could not be parsed.`);
  const lower = direction?.toLowerCase() ?? 'asc';
  if (lower !== 'asc' && lower !== 'desc') throw invalid(`Invalid ordering key in order_by clause '${order}'.`);
  return { ...readName(name, grammar, grammar.orderable), ascending: lower === 'asc' };
}
