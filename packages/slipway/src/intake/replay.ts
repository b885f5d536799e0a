import { fail } from '@slipway/core/errors';
import { explain, firstDifference, type Golden } from '@slipway/core/package';
import { answerOutputs, compileRows, type Signature } from '@slipway/core/signature';
import type { LoadedModel } from '../runtimes/runtime.ts';

/** Asks a model for every golden of its package. PARITY_FAILED when one answer differs: such a model takes no traffic. */
export async function replayGoldens(
  signature: Signature,
  goldens: readonly Golden[],
  model: LoadedModel,
): Promise<void> {
  const rows = compileRows(
    signature,
    model.inputs.map(({ name }) => name),
  );
  // What no answer shows would be compiled and computed for this alone.
  const shown = answerOutputs(signature);
  for (const [i, { row, outputs, tolerance }] of goldens.entries()) {
    const { tensors } = rows.decode(row, { extra: 'ignore' });
    const got = await model.infer(tensors, { outputs: shown });
    const difference = firstDifference(outputs, got, tolerance);
    if (difference) {
      throw fail('PARITY_FAILED', { problem: `golden ${i + 1} of the package, ${model.id}: ${explain(difference)}` });
    }
  }
}
