import { fail } from '../errors/index.ts';

const WORD = '\\p{L}\\p{N}_';
const BOUNDARY = `(?:(?<![${WORD}])(?=[${WORD}])|(?<=[${WORD}])(?![${WORD}]))`;
const NO_BOUNDARY = `(?:(?<![${WORD}])(?![${WORD}])|(?<=[${WORD}])(?=[${WORD}]))`;
/** What `str.isspace` calls a space. */
const SPACE = '\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000';
const LONGEST = 500;
/** Punctuation that a class of the flag `v` may not hold bare. */
const RESERVED = /[\^$\\.*+?()[\]{}|/&\-!#%,:;<=>@`~]/;

/** `re.findall` of a Python regular expression, for the subset that means the same here. */
export function tokenizer(pattern: string): (text: string) => string[] {
  const { source, groups } = translate(pattern);
  const regex = new RegExp(source, 'gv');
  return (text) => {
    const found: string[] = [];
    for (const match of text.matchAll(regex)) found.push((groups ? match[1] : match[0]) ?? '');
    return found;
  };
}

/** Python's classes are Unicode ones: \w is letters, numbers and _, \b lies between them. */
function translate(pattern: string): { source: string; groups: number } {
  const body = pattern.replace(/^\(\?u\)/, '');
  if (body.length > LONGEST) throw unsupported(pattern, 'it is too long');
  let source = '';
  let groups = 0;
  for (let i = 0; i < body.length; i++) {
    const char = body[i] as string;
    const code = codePoint(body, i);
    if (code) {
      source += code;
      i += code.length - 1;
    } else if (char === '\\') {
      source += escape(body[++i] ?? '', pattern);
    } else if (char === '[') {
      const { text, end } = classAt(body, i, pattern);
      source += text;
      i = end;
    } else if (char === '(') {
      const kind = /^\(\?(:|=|!|<=|<!)/.exec(body.slice(i))?.[0];
      if (!kind && body[i + 1] === '?') throw unsupported(pattern, 'it has named groups or flags');
      if (!kind) groups++;
      source += kind ?? '(';
      i += (kind?.length ?? 1) - 1;
    } else if (char === '{') {
      const [repeats, least, rest] = /^\{(\d*)(,?\d*)\}/.exec(body.slice(i)) ?? [];
      source += repeats === undefined || repeats === '{}' ? '\\{' : `{${least || 0}${rest}}`;
      i += repeats === undefined || repeats === '{}' ? 0 : repeats.length - 1;
    } else if (char === '}' || char === ']') {
      source += `\\${char}`;
    } else if (char === '.') {
      source += '[^\\n]';
    } else if (char === '$') {
      source += '(?=\\n?$)';
    } else source += char;
  }
  if (groups > 1) throw unsupported(pattern, 'it has several groups');
  if (/\((?:[^()\\]|\\.)*[+*}](?:[^()\\]|\\.)*\)[+*{]/.test(source))
    throw unsupported(pattern, 'a repetition inside a repetition can take forever');
  try {
    new RegExp(source, 'v');
  } catch (cause) {
    throw fail('UNSUPPORTED_MODEL', parts(pattern, 'it means nothing here'), { cause });
  }
  return { source, groups };
}

/** The class that begins at `[`, and where it ends. */
function classAt(body: string, start: number, pattern: string): { text: string; end: number } {
  let i = start + 1;
  let text = '[';
  if (body[i] === '^') {
    text += '^';
    i++;
  }
  const first = i;
  for (; i < body.length; i++) {
    const char = body[i] as string;
    if (char === ']' && i > first) return { text: `${text}]`, end: i };
    const code = codePoint(body, i);
    if (code) {
      text += code;
      i += code.length - 1;
    } else if (char === '\\') text += escapeInClass(body[++i] ?? '', pattern);
    else if (char === '-' && i > first && body[i + 1] !== ']' && i + 1 < body.length) text += '-';
    else text += RESERVED.test(char) ? `\\${char}` : char;
  }
  throw unsupported(pattern, 'a class has no end');
}

/** `\\xHH` and `\\uHHHH` mean the same in both languages. */
function codePoint(body: string, at: number): string | undefined {
  return /^\\(?:x[\da-fA-F]{2}|u[\da-fA-F]{4})/.exec(body.slice(at, at + 6))?.[0];
}

function escape(char: string, pattern: string): string {
  switch (char) {
    case 'w':
      return `[${WORD}]`;
    case 'W':
      return `[^${WORD}]`;
    case 'd':
      return '\\p{Nd}';
    case 'D':
      return '\\P{Nd}';
    case 's':
      return `[${SPACE}]`;
    case 'S':
      return `[^${SPACE}]`;
    case 'n':
    case 't':
    case 'r':
    case 'f':
    case 'v':
      return `\\${char}`;
    case 'b':
      return BOUNDARY;
    case 'B':
      return NO_BOUNDARY;
    case 'A':
      return '^';
    case 'Z':
      return '$';
    default:
      return literal(char, /[\^$\\.*+?()[\]{}|/]/, pattern);
  }
}

function escapeInClass(char: string, pattern: string): string {
  switch (char) {
    case 'w':
      return WORD;
    case 's':
      return SPACE;
    case 'b':
      return '\\x08';
    case 'B':
    case 'A':
    case 'Z':
      throw unsupported(pattern, `\\${char} stands inside a class`);
    default:
      return /[WdDSntrfv]/.test(char) ? escape(char, pattern) : literal(char, RESERVED, pattern);
  }
}

function literal(char: string, reserved: RegExp, pattern: string): string {
  if (/[a-zA-Z0-9]/.test(char) || char === '') throw unsupported(pattern, `\\${char} means something else in Python`);
  return reserved.test(char) ? `\\${char}` : char;
}

function unsupported(pattern: string, why: string): Error {
  return fail('UNSUPPORTED_MODEL', parts(pattern, why));
}

function parts(pattern: string, why: string) {
  return {
    path: 'token_pattern',
    what: `the regular expression ${JSON.stringify(pattern.slice(0, 100))}`,
    why: `: ${why}`,
    advice: 'Use a simpler token_pattern, such as the default, and train again.',
  };
}
