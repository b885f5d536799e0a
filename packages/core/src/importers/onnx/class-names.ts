import type { OnnxModel } from '../../onnx/index.ts';

/** More classes than any model has. */
const most = 100_000;
/** Metadata under which converters put class names; `names` is Ultralytics'. */
const keys = ['names', 'id2label', 'classes', 'class_names', 'labels'];

/**
 * Class names in order that come with a graph: in its metadata (a JSON list or object, or the Python dict that Ultralytics
 * writes), or in the config.json that Hugging Face puts beside it (`id2label`).
 */
export function classNamesOf({ metadata }: OnnxModel, config: unknown): readonly string[] | undefined {
  const task = metadata.get('task');
  // Other tasks have names too, but their outputs are not one number for each.
  if (task !== undefined && !/classif/i.test(task)) return undefined;
  for (const key of keys) {
    const text = metadata.get(key);
    const found = text === undefined ? undefined : (listOf(parse(text)) ?? fromPython(text));
    if (found) return found;
  }
  return typeof config === 'object' && config !== null && 'id2label' in config ? listOf(config.id2label) : undefined;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A list of names, or an object from 0, 1, … to names. */
function listOf(value: unknown): readonly string[] | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const entries: [string, unknown][] = Object.entries(value);
  if (!entries.length || entries.length > most) return undefined;
  const names = new Map(entries);
  const list = entries.map((_, i) => names.get(String(i)));
  return list.every((name): name is string => typeof name === 'string') && new Set(list).size === list.length
    ? list
    : undefined;
}

/** `{0: 'cat', 1: "dog's"}` */
function fromPython(text: string): readonly string[] | undefined {
  if (!/^\s*\{[^]*\}\s*$/.test(text) || text.length > 10_000_000) return undefined;
  const entry = /\s*(\d{1,6})\s*:\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")\s*(,|\}\s*$)/y;
  entry.lastIndex = text.indexOf('{') + 1;
  const names: Record<string, string> = Object.create(null) as Record<string, string>;
  for (let found = entry.exec(text); found; found = entry.exec(text)) {
    names[found[1] as string] = (found[2] ?? found[3] ?? '').replaceAll(/\\(.)/g, '$1');
    if ((found[4] as string).startsWith('}')) return listOf(names);
  }
  return undefined;
}
