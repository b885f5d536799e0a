import { fail } from '@slipway/core/errors';

/** Which rows count: compiled from `country = 'DE' and (age >= 18 or vip is not null)`. */
export interface Where {
  /** Columns that it looks at. */
  readonly columns: readonly string[];
  /** `get` gives the value of a column in a row. */
  test(get: (column: string) => unknown): boolean;
}

type Test = (get: (column: string) => unknown) => boolean;
type Token = { readonly kind: 'word' | 'name' | 'text' | 'number' | 'sign'; readonly text: string };

const signs: Readonly<Record<string, (order: number) => boolean>> = {
  '=': (order) => order === 0,
  '==': (order) => order === 0,
  '!=': (order) => order !== 0,
  '<>': (order) => order !== 0,
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
};
/** Nesting of brackets and `not`. */
const MOST_DEPTH = 100;

/**
 * Compiles a condition over columns of the input: `= != < <= > >=`, `in (…)`, `is [not] null`, `and`, `or`, `not`, brackets.
 * Names with other characters stand in double quotes, texts in single ones. A missing value fulfils nothing but `is null`.
 */
export function compileWhere(text: string): Where {
  const tokens = tokensOf(text);
  const columns = new Set<string>();
  let at = 0;
  let depth = 0;

  const word = (): string => (tokens[at]?.kind === 'word' ? tokens[at]?.text.toLowerCase() : undefined) ?? '';
  const take = (wanted: string): boolean => {
    const token = tokens[at];
    const isIt =
      token?.kind === 'word' ? token.text.toLowerCase() === wanted : token?.kind === 'sign' && token.text === wanted;
    if (isIt) at++;
    return isIt;
  };
  const need = (wanted: string): void => {
    if (!take(wanted))
      throw wrong(text, `expected ${wanted}${tokens[at] ? ` before ${tokens[at]?.text}` : ' at its end'}`);
  };

  function either(): Test {
    const parts = [both()];
    while (take('or')) parts.push(both());
    return parts.length === 1 ? (parts[0] as Test) : (get) => parts.some((part) => part(get));
  }
  function both(): Test {
    const parts = [one()];
    while (take('and')) parts.push(one());
    return parts.length === 1 ? (parts[0] as Test) : (get) => parts.every((part) => part(get));
  }
  function one(): Test {
    if (++depth > MOST_DEPTH) throw wrong(text, 'it is nested too deeply');
    try {
      if (take('not')) {
        const inner = one();
        return (get) => !inner(get);
      }
      if (!take('(')) return comparison();
      const inner = either();
      need(')');
      return inner;
    } finally {
      depth--;
    }
  }
  function comparison(): Test {
    const token = tokens[at++];
    if (token?.kind !== 'word' && token?.kind !== 'name')
      throw wrong(text, `expected a column${token ? `, not ${token.text}` : ''}`);
    const name = token.text;
    columns.add(name);
    if (take('is')) {
      const isNot = take('not');
      need('null');
      return (get) => isMissing(get(name)) !== isNot;
    }
    const isNot = take('not');
    if (take('in')) {
      need('(');
      const values = [literal()];
      while (take(',')) values.push(literal());
      need(')');
      return (get) => {
        const value = get(name);
        return !isMissing(value) && values.some((one_) => compare(value, one_) === 0) !== isNot;
      };
    }
    const sign = tokens[at++];
    const judge = sign?.kind === 'sign' && Object.hasOwn(signs, sign.text) ? signs[sign.text] : undefined;
    if (!judge || isNot) throw wrong(text, `expected a comparison behind ${name}${sign ? `, not ${sign.text}` : ''}`);
    const value = literal();
    return (get) => {
      const cell = get(name);
      if (isMissing(cell)) return false;
      const order = compare(cell, value);
      return order === order && judge(order);
    };
  }
  function literal(): string | number | boolean {
    const known = word();
    const token = tokens[at++];
    if (known === 'true' || known === 'false') return known === 'true';
    if (token?.kind === 'number') return Number(token.text);
    if (token?.kind === 'text') return token.text;
    throw wrong(text, `expected a number, true, false or 'a text'${token ? `, not ${token.text}` : ''}`);
  }

  const test = either();
  if (at < tokens.length) throw wrong(text, `${tokens[at]?.text} does not belong there`);
  return { columns: [...columns], test };
}

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  const pattern =
    /\s*(?:(?<number>-?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)(?![\w.])|(?<word>[\p{L}_][\p{L}\p{N}_.]*)|"(?<name>(?:[^"]|"")*)"|'(?<text>(?:[^']|'')*)'|(?<sign><=|>=|<>|!=|==|[=<>(),]))/uy;
  while (text.slice(pattern.lastIndex).trim() !== '') {
    const from = pattern.lastIndex;
    const groups = pattern.exec(text)?.groups;
    if (!groups) throw wrong(text, `${JSON.stringify(text.slice(from).trim().slice(0, 20))} is not understood`);
    const kind = (['number', 'word', 'name', 'text', 'sign'] as const).find((key) => groups[key] !== undefined);
    const found = groups[kind ?? 'word'] ?? '';
    tokens.push({
      kind: kind ?? 'word',
      text: kind === 'name' ? found.replaceAll('""', '"') : kind === 'text' ? found.replaceAll("''", "'") : found,
    });
  }
  return tokens;
}

function isMissing(value: unknown): boolean {
  return value === null || value === undefined || value === '' || Number.isNaN(value);
}

/** Below 0, 0, above 0; NaN where the two cannot be compared. */
function compare(value: unknown, literal: string | number | boolean): number {
  if (typeof literal === 'boolean') return truth(value) === undefined ? NaN : Number(truth(value)) - Number(literal);
  if (typeof literal === 'number') {
    const number = typeof value === 'string' ? Number(value.trim() || NaN) : Number(value);
    return number === literal ? 0 : number - literal;
  }
  const text = value instanceof Date ? value.toISOString() : String(value);
  return text < literal ? -1 : text > literal ? 1 : 0;
}

function truth(value: unknown): boolean | undefined {
  if (value === true || value === 1 || value === 1n || /^true$/i.test(String(value))) return true;
  return value === false || value === 0 || value === 0n || /^false$/i.test(String(value)) ? false : undefined;
}

function wrong(text: string, problem: string) {
  return fail('USAGE', {
    problem: `--where ${JSON.stringify(text.slice(0, 200))}: ${problem}.`,
    advice: `Write for example --where "country = 'DE' and age >= 18".`,
  });
}
