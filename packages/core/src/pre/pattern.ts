import { fail } from '../errors/index.ts';

const WORD = '\\p{L}\\p{N}_';
const BOUNDARY = `(?:(?<![${WORD}])(?=[${WORD}])|(?<=[${WORD}])(?![${WORD}]))`;
const LONGEST = 500;

/** `re.findall` of a Python regular expression, for the subset that means the same here. */
export function tokenizer(pattern: string): (text: string) => string[] {
  const { source, groups } = translate(pattern);
  const regex = new RegExp(source, 'gu');
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
  let inClass = false;
  for (let i = 0; i < body.length; i++) {
    const char = body[i] as string;
    if (char === '\\') {
      source += escape(body[++i] ?? '', inClass, pattern);
    } else if (char === '[' && !inClass) {
      inClass = true;
      source += body[i + 1] === '^' ? '[^' : '[';
      if (body[i + 1] === '^') i++;
      if (body[i + 1] === ']') {
        source += '\\]';
        i++;
      }
    } else if (char === ']' && inClass) {
      inClass = false;
      source += ']';
    } else if (inClass) {
      source += '[(){}/|'.includes(char) ? `\\${char}` : char;
    } else if (char === '(') {
      const kind = /^\(\?(:|=|!|<=|<!)/.exec(body.slice(i))?.[0];
      if (!kind && body[i + 1] === '?') throw unsupported(pattern, 'it has named groups or flags');
      if (!kind) groups++;
      source += kind ?? '(';
      i += (kind?.length ?? 1) - 1;
    } else if (char === '{' && !/^\{\d*,?\d*\}/.test(body.slice(i))) {
      source += '\\{';
    } else if (char === '}' && !/\{\d*,?\d*$/.test(source)) {
      source += '\\}';
    } else source += char;
  }
  if (groups > 1) throw unsupported(pattern, 'it has several groups');
  if (/\((?:[^()\\]|\\.)*[+*}](?:[^()\\]|\\.)*\)[+*{]/.test(source))
    throw unsupported(pattern, 'a repetition inside a repetition can take forever');
  try {
    new RegExp(source, 'u');
  } catch (cause) {
    throw fail('UNSUPPORTED_MODEL', parts(pattern, 'it means nothing here'), { cause });
  }
  return { source, groups };
}

function escape(char: string, inClass: boolean, pattern: string): string {
  switch (char) {
    case 'w':
      return inClass ? WORD : `[${WORD}]`;
    case 'W':
      if (inClass) throw unsupported(pattern, '\\W stands inside a class');
      return `[^${WORD}]`;
    case 'd':
      return '\\p{Nd}';
    case 'D':
      return '\\P{Nd}';
    case 's':
    case 'S':
    case 'n':
    case 't':
    case 'r':
    case 'f':
    case 'v':
      return `\\${char}`;
    case 'b':
      return inClass ? '\\x08' : BOUNDARY;
    case '-':
      return inClass ? '\\-' : '-';
    default:
      if (/[a-zA-Z0-9]/.test(char) || char === '')
        throw unsupported(pattern, `\\${char} means something else in Python`);
      return /[\^$\\.*+?()[\]{}|/]/.test(char) ? `\\${char}` : char;
  }
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
