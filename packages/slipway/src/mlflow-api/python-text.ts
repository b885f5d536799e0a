/** A value as Python's `json.dumps(…, sort_keys=True, separators=(',', ':'))` writes it: MLflow's errors show values so. */
export function pythonJson(value: unknown): string {
  if (typeof value === 'string') return ascii(JSON.stringify(value));
  if (Array.isArray(value)) return `[${value.map(pythonJson).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${entries.map(([key, item]) => `${ascii(JSON.stringify(key))}:${pythonJson(item)}`).join(',')}}`;
  }
  if (typeof value === 'number' && !Number.isFinite(value))
    return Number.isNaN(value) ? 'NaN' : value > 0 ? 'Infinity' : '-Infinity';
  return typeof value === 'bigint' ? String(value) : (JSON.stringify(value) ?? 'null');
}

/** A string as Python's `repr` shows it. */
export function pythonRepr(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  let shown = '';
  for (const char of text) {
    if (char === quote || char === '\\') shown += `\\${char}`;
    else if (char === '\n') shown += '\\n';
    else if (char === '\r') shown += '\\r';
    else if (char === '\t') shown += '\\t';
    else if (/\p{Cc}/u.test(char)) shown += `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`;
    else shown += char;
  }
  return quote + shown + quote;
}

/** The name of a value's type in Python. */
export function pythonType(value: unknown): string {
  if (value === null || value === undefined) return 'NoneType';
  if (Array.isArray(value)) return 'list';
  switch (typeof value) {
    case 'string':
      return 'str';
    case 'boolean':
      return 'bool';
    case 'number':
      return Number.isInteger(value) ? 'int' : 'float';
    case 'bigint':
      return 'int';
    default:
      return 'dict';
  }
}

/** How many characters Python counts: code points, not UTF-16 units. */
export function pythonLength(text: string): number {
  let length = text.length;
  for (let i = 0; i < text.length; i++) if ((text.charCodeAt(i) & 0xfc00) === 0xd800) length--;
  return length;
}

function ascii(text: string): string {
  return text.replaceAll(/[^\0-\x7f]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
