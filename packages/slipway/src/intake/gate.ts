import { passGate as pass, type Gated, type Original } from '@slipway/core/conversion';
import type { Imported } from '@slipway/core/importers';
import type { AnswerColumn } from '@slipway/core/package';
import { loadExecutors } from './executors.ts';

/** The gate with the executors of this machine, for a graph of so many bytes. */
export async function passGate(
  imported: Imported,
  graphBytes: number,
  originals: readonly Original[],
  answer: readonly AnswerColumn[],
): Promise<Gated> {
  const executors = await loadExecutors(imported.graph, graphBytes, imported.pre);
  try {
    return await pass(imported, executors, originals, answer);
  } finally {
    for (const executor of executors) if ('model' in executor) await executor.model[Symbol.asyncDispose]();
  }
}
