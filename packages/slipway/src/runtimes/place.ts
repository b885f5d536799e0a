import type { PreStep } from '@slipway/core/pre';
import type { Tensor } from '@slipway/core/tensor';
import { batched } from './batched.ts';
import { probe, type Probe } from './pays.ts';
import type { LoadedModel } from './runtime.ts';
import { loadThreaded } from './threaded/index.ts';

/** A run that takes longer holds up everybody else on this thread. */
const HEAVY_MS = 2;

export interface Placement {
  /** For single rows, where there is a form for them. */
  readonly row: LoadedModel | undefined;
  readonly batch: LoadedModel;
}

export interface PlaceOptions {
  /** The graph as ONNX bytes, for a thread. */
  readonly graph: Uint8Array;
  readonly pre: readonly PreStep[] | undefined;
  readonly outputs: readonly string[];
  /** One row or more to measure with. */
  readonly example: Readonly<Record<string, Tensor>> | undefined;
  /** `off`: everything stays in this thread. */
  readonly threads: 'auto' | 'off';
  /** Told why a model that cannot be tried stays here, whatever it costs. */
  readonly onUntried?: ((error: unknown) => void) | undefined;
}

/**
 * Decides by measurement where a loaded model runs: light ones here; heavy ones in a thread, so that they hold up nobody; and
 * whether small requests run together, which they do only where that is faster and changes no bit.
 */
export async function place({ row, batch }: Placement, options: PlaceOptions): Promise<Placement> {
  const { graph, pre, outputs, example, threads, onUntried } = options;
  const measured = await probed(row, batch, example, onUntried);
  if (!measured) return { row, batch };
  if (measured.rowMs > HEAVY_MS && threads === 'auto') {
    const runtime = batch.id === 'compiled' ? 'compiled' : 'onnx';
    const threaded = await loadThreaded({ graph, runtime, pre, outputs });
    for (const model of new Set([row, batch])) await model?.[Symbol.asyncDispose]();
    return { row: undefined, batch: measured.batchPays ? batched(threaded) : threaded };
  }
  return { row, batch: row === undefined && measured.batchPays ? batched(batch) : batch };
}

/** Undefined where the model cannot be tried: its rows are unlike any that can be made up. */
async function probed(
  row: LoadedModel | undefined,
  batch: LoadedModel,
  example: PlaceOptions['example'],
  onUntried: PlaceOptions['onUntried'],
): Promise<Probe | undefined> {
  const form = row?.row;
  if (form) {
    const began = performance.now();
    form.run();
    form.run();
    if (performance.now() - began < HEAVY_MS) return { rowMs: 0, batchPays: false };
  }
  try {
    return await probe(batch, example);
  } catch (error) {
    onUntried?.(error);
    return undefined;
  }
}
