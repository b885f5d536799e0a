import { fail } from '../../../errors/index.ts';
import type { Source } from '../../importer.ts';

/** A JSON object of a file beside the graph. */
export type Json = Readonly<Record<string, unknown>>;

/** What lies beside the graph of a text model, as `save_pretrained` and exporters write it. */
export interface Companions {
  readonly tokenizer: Json;
  /** config.json: labels and sizes. */
  readonly config: Json | undefined;
  readonly tokenizerConfig: Json | undefined;
  readonly specialTokens: Json | undefined;
  /** sentence_bert_config.json: the length that a sentence embedder cuts to. */
  readonly sentence: Json | undefined;
  /** modules.json and the pooling of sentence embedders. */
  readonly modules: readonly Json[] | undefined;
  readonly pooling: Json | undefined;
}

/** Bytes of a JSON file; the largest published tokenizers have 35 MB. */
const most = 128 * 1024 * 1024;

/** Reads the files beside a graph; undefined where there is no tokenizer.json. The folder above `onnx/` counts too. */
export function companionsOf(source: Source, graphFile: string): Companions | undefined {
  const { files } = source;
  const own = graphFile.split('/').slice(0, -1).join('/');
  const folders = own === 'onnx' || own.endsWith('/onnx') ? [own, own.slice(0, -4).replace(/\/$/, '')] : [own];
  const read = (name: string): unknown => {
    for (const folder of folders) {
      const path = folder === '' ? name : `${folder}/${name}`;
      const bytes = files?.get(path)?.();
      if (bytes) return parse(bytes, path);
    }
    return undefined;
  };
  const tokenizer = read('tokenizer.json');
  if (tokenizer === undefined) return undefined;
  const modules = read('modules.json');
  return {
    tokenizer: objectOf(tokenizer) ?? broken('tokenizer.json'),
    config: objectOf(read('config.json')),
    tokenizerConfig: objectOf(read('tokenizer_config.json')),
    specialTokens: objectOf(read('special_tokens_map.json')),
    sentence: objectOf(read('sentence_bert_config.json')),
    modules: Array.isArray(modules) ? modules.map(objectOf).filter((module) => module !== undefined) : undefined,
    pooling: objectOf(read('1_Pooling/config.json')),
  };
}

function broken(path: string): never {
  throw fail('CORRUPT_FILE', { format: path, problem: 'it does not hold an object' });
}

function parse(bytes: Uint8Array, path: string): unknown {
  if (bytes.length > most) {
    throw fail('LIMIT_EXCEEDED', { format: path, what: 'its size', limit: `${most / 1024 / 1024} MiB` });
  }
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as unknown;
  } catch (cause) {
    throw fail('CORRUPT_FILE', { format: path, problem: 'it is not JSON' }, { cause });
  }
}

/** A JSON value as an object, if it is one. */
export function objectOf(value: unknown): Json | undefined {
  return isObject(value) ? value : undefined;
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A text, if a JSON value is one; at most 60 characters, for messages. */
export function wordIn(value: unknown): string | undefined {
  return typeof value === 'string' ? value.slice(0, 60) : undefined;
}

/** A whole number from 1 on, if a JSON value is one of a size that means something. */
export function sizeIn(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isInteger(value) && value > 0 && value < 1_000_000 ? value : undefined;
}
