import { invalid } from './refuse.ts';

/** A piece of a filter. */
export interface Token {
  readonly kind: 'name' | 'string' | 'number' | 'list' | 'comparator' | 'and' | 'null test' | 'other';
  /** As it was written; comparators in upper case. */
  readonly text: string;
}

/** `left comparator right`; IS NULL and IS NOT NULL have no right side. */
export interface Comparison {
  readonly left: Token;
  readonly comparator: string;
  readonly right: Token | undefined;
}

// Quoted parts may follow each other: metrics.`my metric`, tags."a b". Doubled quotes and backslashes go on.
const QUOTED = '`[^`]*`|"(?:""|\\\\.|[^"\\\\])*"';
const PATTERNS: readonly (readonly [Token['kind'] | 'space', RegExp])[] = [
  ['space', /\s+/y],
  ['string', /'(?:''|\\.|[^'\\])*'/sy],
  ['number', /-?(?:\d+\.\d*|\.\d+|\d+)(?:e[-+]?\d+)?(?![\w.])/iy],
  ['comparator', /(?:NOT\s+)?(?:LIKE|ILIKE|RLIKE)\b|(?:NOT\s+)?IN\b(?=\s*\()|[<>=~!]+/iy],
  ['null test', /IS\s+(?:NOT\s+)?NULL\b/iy],
  ['and', /AND\b/iy],
  ['name', new RegExp(`(?:[\\p{L}_][\\p{L}\\p{N}_$]*|${QUOTED})(?:\\.(?:[\\p{L}\\p{N}_$]+|${QUOTED}))*`, 'uy')],
  ['list', /\((?:[^()'"]|'(?:''|\\.|[^'\\])*'|"(?:""|\\.|[^"\\])*")*\)/sy],
  ['other', /[^\s]/uy],
];

const MOST_CHARACTERS = 100_000;
const MOST_CLAUSES = 200;

/** Splits a filter as MLflow's server does: comparisons with or without AND between them. */
export function parseComparisons(filter: string): Comparison[] {
  if (filter.length > MOST_CHARACTERS) throw invalid(`The filter is longer than ${MOST_CHARACTERS} characters.`);
  const tokens = tokensOf(filter);
  const found: Comparison[] = [];
  const wrong: string[] = [];
  for (let i = 0; i < tokens.length;) {
    const [left, operator, right] = tokens.slice(i, i + 3) as [Token, Token?, Token?];
    if (left.kind === 'and') i++;
    else if (left.kind === 'name' && operator?.kind === 'null test') {
      found.push({ left, comparator: operator.text.replaceAll(/\s+/g, ' ').toUpperCase(), right: undefined });
      i += 2;
    } else if (isValue(left) && operator?.kind === 'comparator' && right && isValue(right)) {
      if (left.kind !== 'name') throw invalid(`Invalid comparison clause. Expected 'Identifier' found '${left.text}'`);
      found.push({ left, comparator: operator.text.replaceAll(/\s+/g, ' ').toUpperCase(), right });
      i += 3;
    } else {
      wrong.push(`'${left.text}'`);
      i++;
    }
  }
  if (wrong.length > 0) throw invalid(`Invalid clause(s) in filter string: ${wrong.join(', ')}`);
  if (found.length > MOST_CLAUSES) throw invalid(`The filter has more than ${MOST_CLAUSES} comparisons.`);
  return found;
}

/** `(a, 'b')` as the strings that it lists. */
export function listOf(token: Token): string[] {
  const inner = token.text.slice(1, -1).trim();
  const problem = 'While parsing a list in the query,';
  if (inner === '') throw invalid(`${problem} expected a non-empty list of string values, but got empty list`);
  const items: string[] = [];
  const item = /\s*(?:'((?:\\.|[^'\\])*)'|"((?:\\.|[^"\\])*)"|([^,'"]+))\s*(,|$)/sy;
  for (let at = 0; at < inner.length; at = item.lastIndex) {
    item.lastIndex = at;
    const [, single, double, bare] = item.exec(inner) ?? [];
    if (bare !== undefined)
      throw invalid(
        `${problem} expected string value, punctuation, or whitespace, but got different type in list: (${inner.includes(',') ? inner : `${inner},`})`,
      );
    const text = single ?? double;
    if (text === undefined)
      throw invalid(`${problem} expected a non-empty list of string values, but got ill-formed list.`);
    items.push(text.replaceAll(/\\(['"\\])/g, '$1'));
  }
  return items;
}

/** Without the quotes around it. */
export function unquoted(text: string, ...quotes: readonly string[]): string | undefined {
  const first = text[0] ?? '';
  return text.length >= 2 && quotes.includes(first) && text.endsWith(first) ? text.slice(1, -1) : undefined;
}

function isValue({ kind }: Token): boolean {
  return kind === 'name' || kind === 'string' || kind === 'number' || kind === 'list';
}

function tokensOf(filter: string): Token[] {
  if (/;\s*\S/.test(filter.replaceAll(/'(?:''|\\.|[^'\\])*'|"[^"]*"|`[^`]*`/gs, '')))
    throw invalid(`Search filter contained multiple expression '${filter}'. Provide AND-ed expression list.`);
  const tokens: Token[] = [];
  for (let at = 0; at < filter.length;) {
    for (const [kind, pattern] of PATTERNS) {
      pattern.lastIndex = at;
      const text = pattern.exec(filter)?.[0];
      if (text === undefined) continue;
      at += text.length;
      if (kind !== 'space') tokens.push({ kind, text });
      break;
    }
  }
  return tokens;
}
