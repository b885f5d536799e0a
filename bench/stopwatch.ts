import type { Tensor } from '@slipway/core/tensor';
import { sliceRows } from '@slipway/core/tensor';
import type { LoadedModel } from '../packages/slipway/src/runtimes/runtime.ts';

export interface Stretches {
  readonly stretches: number;
  /** Of each; one call may take longer. */
  readonly seconds: number;
  /** Microseconds so far; time of day unless given. */
  readonly clock?: () => number;
}

/** Processor time of this process: others that run on the machine do not show in it. */
export function processorTime(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

/** Microseconds a row, the best of several stretches. */
export async function fastest(call: () => unknown, rows: number, options: Stretches): Promise<number> {
  const { stretches, seconds, clock = () => performance.now() * 1000 } = options;
  let best = Number.POSITIVE_INFINITY;
  for (let stretch = 0; stretch < stretches; stretch += 1) {
    const began = clock();
    let calls = 0;
    while (calls === 0 || clock() - began < seconds * 1e6) {
      const result = call();
      if (result instanceof Promise) await result;
      calls += 1;
    }
    best = Math.min(best, (clock() - began) / calls / rows);
  }
  return best;
}

/** A row at a time, another one each time: by the row form where the runtime has one, else by calls of one row. */
export async function rowByRow(
  loaded: LoadedModel,
  inputs: Readonly<Record<string, Tensor>>,
  options: Stretches & { readonly rows: number; readonly outputs?: readonly string[] | undefined },
): Promise<number> {
  const { row } = loaded;
  const { rows, outputs } = options;
  if (!row) {
    const single = Array.from({ length: rows }, (_, at) => sliceRows(inputs, at, at + 1));
    return fastest(
      async () => {
        for (const one of single) await loaded.infer(one, { outputs });
      },
      rows,
      options,
    );
  }
  const fill = loaded.inputs.map(({ name }) => inputs[name]!);
  return fastest(
    () => {
      for (let at = 0; at < rows; at += 1) {
        writeSlots(fill, at, row.numbers, row.strings);
        row.run();
      }
    },
    rows,
    options,
  );
}

function writeSlots(tensors: readonly Tensor[], at: number, numbers: Float64Array, strings: string[]): void {
  let number = 0;
  let text = 0;
  for (const { dtype, shape, data } of tensors) {
    const width = shape[1] ?? 1;
    for (let column = 0; column < width; column += 1) {
      const cell = data[at * width + column];
      if (dtype === 'string') strings[text++] = cell as string;
      else numbers[number++] = cell as number;
    }
  }
}
