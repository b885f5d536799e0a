import { fail } from '../errors/index.ts';
import type { Graph, OnnxModel, OpsetImport } from './model.ts';
import { inlineFunctions } from './inline-functions.ts';
import { readFunction, readOpset, type LocalFunction } from './read-function.ts';
import { readGraph } from './read-graph.ts';
import type { ResolveExternal } from './read-tensor.ts';
import { WireReader } from './wire-reader.ts';

export interface ReadOptions {
  /**
   * Gives the bytes of a file in the model's folder that holds weights, or undefined where there is none.
   * The name is relative, without `..`; whether it is a link is for the caller to check.
   */
  readonly external?: (file: string) => Uint8Array | undefined;
}

/** Reads an .onnx file as plain data. Numeric weights are views on `bytes` where they are aligned. Nothing is allocated on a claim of the file alone. */
export function readOnnx(bytes: Uint8Array, options: ReadOptions = {}): OnnxModel {
  return readModel(bytes, (part, needed) => {
    const file = options.external?.(part.file);
    if (!file) throw invalid(`its weights are in the file "${part.file}" beside the model, which is missing.`);
    const end = part.offset + (part.length ?? needed);
    if (end > file.length) throw invalid(`the file "${part.file}" ends before the weights do.`);
    return file.subarray(part.offset, end);
  });
}

/** Names of the files beside the model that hold weights, for a caller that must read them before `readOnnx`. */
export function externalFiles(bytes: Uint8Array): string[] {
  const files = new Set<string>();
  readModel(bytes, ({ file }) => {
    files.add(file);
    return undefined;
  });
  return [...files];
}

function readModel(bytes: Uint8Array, resolve: ResolveExternal): OnnxModel {
  const r = new WireReader(bytes);
  const opsets: OpsetImport[] = [];
  const metadata = new Map<string, string>();
  const functions: LocalFunction[] = [];
  let graph: Graph | undefined;
  let irVersion = 0;
  let producer = '';
  for (let field = r.next(); field !== 0; field = r.next()) {
    if (field === 1) irVersion = r.small();
    else if (field === 2) producer = r.string();
    else if (field === 7) graph = readGraph(r.message(), resolve);
    else if (field === 8) opsets.push(readOpset(r.message()));
    else if (field === 14) readProperty(r.message(), metadata);
    else if (field === 25) functions.push(readFunction(r.message(), resolve));
    else r.skip();
  }
  if (!graph) throw invalid('the file holds no graph.');
  if (opsets.length === 0) throw invalid('the file does not say which operator set it uses.');
  return inlineFunctions({ irVersion, opsets, producer, graph, metadata }, functions);
}

function readProperty(r: WireReader, into: Map<string, string>): void {
  let key = '';
  let value = '';
  for (let field = r.next(); field !== 0; field = r.next()) {
    if (field === 1) key = r.string();
    else if (field === 2) value = r.string();
    else r.skip();
  }
  into.set(key, value);
}

function invalid(problem: string) {
  return fail('INVALID_GRAPH', { problem });
}
