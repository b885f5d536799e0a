import { joinRows, sliceRows, type Tensor } from '@slipway/core/tensor';
import type { InferOptions, LoadedModel } from './runtime.ts';

/** Rows that are run together at most. */
const MOST_ROWS = 64;

interface Waiting {
  readonly inputs: Readonly<Record<string, Tensor>>;
  readonly rows: number;
  readonly shape: string;
  readonly signal: AbortSignal | undefined;
  readonly resolve: (outputs: Record<string, Tensor>) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Small requests that come at the same time run as one. Nobody waits for a timer: what comes in one turn of the event loop runs
 * together, and so does what comes while a run is under way. A run that fails is repeated one by one, so that an error has one
 * owner.
 */
export function batched(model: LoadedModel): LoadedModel {
  let queue: Waiting[] = [];
  let isBusy = false;

  function start(): void {
    if (isBusy || queue.length === 0) return;
    isBusy = true;
    setImmediate(() => void work());
  }

  async function work(): Promise<void> {
    const group = takeGroup();
    try {
      if (group.length > 0) await runGroup(group);
    } finally {
      isBusy = false;
      start();
    }
  }

  /** The first that waits, and those that fit beside it: the same shape behind the rows, the same outputs. */
  function takeGroup(): Waiting[] {
    const open = queue.filter(({ signal }) => !signal?.aborted);
    const [first] = open;
    if (!first) {
      queue = [];
      return [];
    }
    let rows = 0;
    const group: Waiting[] = [];
    const rest: Waiting[] = [];
    for (const one of open) {
      const fits = one.shape === first.shape && rows + one.rows <= MOST_ROWS;
      if (fits) rows += one.rows;
      (fits ? group : rest).push(one);
    }
    queue = rest;
    return group;
  }

  async function runGroup(group: readonly Waiting[]): Promise<void> {
    if (group.length === 1) return await runOne(group[0] as Waiting);
    let outputs: Record<string, Tensor>;
    try {
      outputs = await model.infer(joinRows(group.map(({ inputs }) => inputs)));
    } catch {
      for (const one of group) await runOne(one);
      return;
    }
    let from = 0;
    for (const { rows, resolve } of group) resolve(sliceRows(outputs, from, (from += rows)));
  }

  async function runOne({ inputs, signal, resolve, reject }: Waiting): Promise<void> {
    try {
      resolve(await model.infer(inputs, { signal }));
    } catch (error) {
      reject(error as Error);
    }
  }

  return {
    id: model.id,
    inputs: model.inputs,
    outputs: model.outputs,
    memory: model.memory,
    row: model.row,
    together: MOST_ROWS,
    infer(inputs, options: InferOptions = {}) {
      const first = model.inputs[0];
      const rows = first ? (inputs[first.name]?.shape[0] ?? 0) : 0;
      const { signal, outputs } = options;
      if (rows < 1 || rows > MOST_ROWS / 2) return model.infer(inputs, options);
      if (signal?.aborted) return Promise.reject(signal.reason as Error);
      return new Promise((resolve, reject) => {
        const stop = () => reject(signal?.reason as Error);
        signal?.addEventListener('abort', stop, { once: true });
        const done = () => signal?.removeEventListener('abort', stop);
        const shape = model.inputs.map(({ name }) => inputs[name]?.shape.slice(1).join('x')).join(',');
        queue.push({
          inputs,
          rows,
          shape,
          signal,
          resolve: (all) => {
            done();
            resolve(outputs ? Object.fromEntries(outputs.map((name) => [name, all[name] as Tensor])) : all);
          },
          reject: (error) => {
            done();
            reject(error);
          },
        });
        start();
      });
    },
    [Symbol.asyncDispose]: () => model[Symbol.asyncDispose](),
  };
}
