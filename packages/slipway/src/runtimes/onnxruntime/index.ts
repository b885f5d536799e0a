import { fail } from '@slipway/core/errors';
import { arrayOf, checkModel, inferShapes, writeOnnx, type OnnxModel, type ValueInfo } from '@slipway/core/onnx';
import { joinRows, sliceRows, type DType, type Tensor } from '@slipway/core/tensor';
import type * as Ort from 'onnxruntime-node';
import { nativeBytes } from '../graph-memory.ts';
import type { LoadedModel, Runtime } from '../runtime.ts';

/** Most elements that an intermediate of one call may have; more rows are run in chunks. */
const CHUNK_ELEMENTS = 8_000_000;
/** Most rows of one call, after which an abort is seen. */
const CHUNK_ROWS = 65_536;

/** ONNX Runtime, native. Loaded on first use: many models never need it. */
export const onnxruntime: Runtime = {
  id: 'onnx',

  async load(model, { threads = 1, outputs: usual } = {}): Promise<LoadedModel> {
    checkModel(model);
    const { InferenceSession, Tensor: OrtTensor } = await library();
    const bytes = writeOnnx(model);
    const session = await open(InferenceSession, bytes, threads);
    const memory = nativeBytes(model.graph, bytes.length);
    const { inputs, outputs } = model.graph;
    const chunk = rowsPerCall(model);

    async function call(
      feeds: Readonly<Record<string, Tensor>>,
      wanted: readonly string[],
    ): Promise<Record<string, Tensor>> {
      const given = inputs.map(({ name }) => [name, toOrt(OrtTensor, feeds[name] as Tensor)] as const);
      const results = await run(session, Object.fromEntries(given), wanted);
      const answered = wanted.map((name) => [name, fromOrt(results[name] as Ort.Tensor)] as const);
      const [first] = inputs;
      const rows = first ? (feeds[first.name]?.shape[0] ?? 1) : 1;
      for (const [name, { shape }] of answered) if (shape[0] !== rows) throw wrongRows(name, shape, rows);
      return Object.fromEntries(answered);
    }

    return {
      id: 'onnx',
      inputs,
      outputs,
      memory,
      row: undefined,
      async infer(feeds, { signal, outputs: wanted = usual ?? outputs.map(({ name }) => name) } = {}) {
        signal?.throwIfAborted();
        for (const input of inputs) checkInput(input, Object.hasOwn(feeds, input.name) ? feeds[input.name] : undefined);
        const first = inputs[0] && feeds[inputs[0].name];
        const rows = first?.shape[0] ?? 1;
        if (rows === 0 && chunk === 1) return noRows(outputs, wanted);
        if (rows <= chunk) return call(feeds, wanted);
        const parts: Record<string, Tensor>[] = [];
        for (let start = 0; start < rows; start += chunk) {
          signal?.throwIfAborted();
          parts.push(await call(sliceRows(feeds, start, Math.min(rows, start + chunk)), wanted));
        }
        return joinRows(parts);
      },
      async [Symbol.asyncDispose]() {
        await session.release();
      },
    };
  },
};

let loading: Promise<typeof Ort> | undefined;

async function library(): Promise<typeof Ort> {
  loading ??= import('onnxruntime-node');
  try {
    return await loading;
  } catch (cause) {
    loading = undefined;
    throw fail(
      'RUNTIME_UNAVAILABLE',
      { runtime: 'ONNX Runtime', advice: 'Install it beside Slipway: npm install onnxruntime-node' },
      { cause },
    );
  }
}

async function open(
  sessions: typeof Ort.InferenceSession,
  bytes: Uint8Array,
  threads: number,
): Promise<Ort.InferenceSession> {
  try {
    return await sessions.create(bytes, {
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      executionMode: 'sequential',
      logSeverityLevel: 3,
    });
  } catch (cause) {
    const problem = cause instanceof Error ? (cause.message.split('\n')[0] as string) : String(cause);
    throw fail('INVALID_GRAPH', { problem: `ONNX Runtime refuses it: ${problem}` }, { cause });
  }
}

async function run(
  session: Ort.InferenceSession,
  feeds: Readonly<Record<string, Ort.Tensor>>,
  wanted: readonly string[],
): Promise<Ort.InferenceSession.OnnxValueMapType> {
  try {
    return await session.run(feeds, wanted);
  } catch (cause) {
    const problem = cause instanceof Error ? (cause.message.split('\n')[0] as string) : String(cause);
    throw fail('INVALID_INPUT', { problem: `ONNX Runtime: ${problem}` }, { cause });
  }
}

function checkInput({ name, dtype }: ValueInfo, tensor: Tensor | undefined): void {
  if (!tensor) throw fail('INVALID_INPUT', { problem: `the input "${name}" is missing` });
  if (tensor.dtype !== dtype) {
    throw fail('INVALID_INPUT', { problem: `the input "${name}" is ${tensor.dtype} and not ${dtype}` });
  }
}

/** Rows of one call, from the widest value of the graph. */
function rowsPerCall(model: OnnxModel): number {
  // A fixed batch: the importer puts the rows in front, so its size can only be 1.
  if (model.graph.inputs.some(({ shape }) => shape[0] === 1)) return 1;
  let widest = 1;
  for (const { shape } of inferShapes(model).values()) {
    if (!shape?.some((dim) => typeof dim === 'string')) continue;
    let elements = 1;
    for (const dim of shape) elements *= typeof dim === 'number' ? dim : Number(/^(\d+)\*/.exec(dim ?? '')?.[1] ?? 1);
    widest = Math.max(widest, elements);
  }
  return Math.max(1, Math.min(CHUNK_ROWS, Math.floor(CHUNK_ELEMENTS / widest)));
}

function toOrt(tensors: typeof Ort.Tensor, { dtype, shape, data }: Tensor): Ort.Tensor {
  const tensor = new tensors(dtype as 'float64', data as Float64Array, shape);
  // Its JavaScript side makes a Float16Array of the bits, which its native side cannot read (1.30).
  if (dtype === 'float16') Object.defineProperty(tensor, 'data', { value: data });
  return tensor;
}

function fromOrt({ type, dims, data }: Ort.Tensor): Tensor {
  // float16 is held by its bits here, and comes as numbers where the platform has an array for them.
  if (data instanceof Float16Array)
    return { dtype: 'float16', shape: dims, data: new Uint16Array(data.buffer, data.byteOffset, data.length) };
  return { dtype: type as DType, shape: dims, data };
}

/** Answers to no rows, of a graph that takes exactly one. */
function noRows(outputs: readonly ValueInfo[], wanted: readonly string[]): Record<string, Tensor> {
  return Object.fromEntries(
    wanted.map((name): [string, Tensor] => {
      const { dtype = 'float32', shape = [] } = outputs.find((info) => info.name === name) ?? {};
      const dims = [0, ...shape.slice(1).map((dim) => (typeof dim === 'number' ? dim : 0))];
      return [name, { dtype, shape: dims, data: dtype === 'string' ? [] : new arrayOf[dtype](0) }];
    }),
  );
}

function wrongRows(name: string, shape: readonly number[], rows: number) {
  return fail(
    'INVALID_INPUT',
    { problem: `the graph answered ${rows} rows with an output "${name}" of shape [${shape.join(', ')}]` },
    { hint: 'Its outputs do not have the rows in front: send one row at a time.' },
  );
}
