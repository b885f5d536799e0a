import { joinRows, sliceRows, zeros, type Tensor } from '@slipway/core/tensor';
import type { LoadedModel } from './runtime.ts';

const PROBE_ROWS = 8;
/** A batch pays when a row in it takes less than this share of its time alone. */
const SHARE = 0.7;

/** What a model costs for a single row, and whether rows are cheaper together. */
export interface Probe {
  readonly rowMs: number;
  /** Rows together are clearly faster, and give the very same bits. */
  readonly batchPays: boolean;
}

/** Runs a model a few times. `example` is one row; without one, zeros of the declared shapes are taken. */
export async function probe(model: LoadedModel, example?: Readonly<Record<string, Tensor>>): Promise<Probe> {
  const row = example ? sliceRows(example, 0, 1) : emptyRow(model);
  const outputs = await model.infer(row);
  const rowMs = await fastest(() => model.infer(row));
  const together = joinRows(Array.from({ length: PROBE_ROWS }, () => row));
  try {
    const many = await model.infer(together);
    const isEqual = Array.from({ length: PROBE_ROWS }, (_, i) => sliceRows(many, i, i + 1)).every((one) =>
      sameBits(one, outputs),
    );
    if (!isEqual) return { rowMs, batchPays: false };
    const batchMs = await fastest(() => model.infer(together));
    return { rowMs, batchPays: batchMs / PROBE_ROWS < rowMs * SHARE };
  } catch {
    // A graph for one row at a time.
    return { rowMs, batchPays: false };
  }
}

async function fastest(run: () => Promise<unknown>): Promise<number> {
  let best = Infinity;
  for (let i = 0; i < 3; i++) {
    const began = performance.now();
    await run();
    best = Math.min(best, performance.now() - began);
  }
  return best;
}

/** One row of the declared shapes; what is free is one. */
function emptyRow({ inputs }: LoadedModel): Record<string, Tensor> {
  return Object.fromEntries(
    inputs.map(({ name, dtype, shape }) => [
      name,
      zeros(
        dtype,
        shape.map((dim, axis) => (axis > 0 && typeof dim === 'number' ? dim : 1)),
      ),
    ]),
  );
}

function sameBits(a: Readonly<Record<string, Tensor>>, b: Readonly<Record<string, Tensor>>): boolean {
  return Object.entries(a).every(([name, { data }]) => {
    const other = b[name]?.data;
    return other?.length === data.length && Array.prototype.every.call(data, (value, i) => Object.is(value, other[i]));
  });
}
