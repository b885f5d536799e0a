import type { OnnxModel } from '../../../onnx/index.ts';
import type { Imported, Step } from '../../importer.ts';
import { wordIn, type Companions } from './companions.ts';
import { headOf } from './head.ts';
import { refuseOtherInputs } from './refusals.ts';
import { TEXT, tokensFor } from './tokens.ts';

export { companionsOf } from './companions.ts';

/** Whether a graph takes token ids. */
export function takesTokens({ graph }: OnnxModel): boolean {
  return graph.inputs.some(({ name }) => name === 'input_ids');
}

/** What is special to a graph with tokenizer.json beside it: rows are texts, tokens are made in pre.json. */
export function textModel(
  model: OnnxModel,
  companions: Companions,
): Pick<Imported, 'graph' | 'signature' | 'pre'> & {
  readonly steps: readonly Step[];
  readonly warnings: readonly string[];
} {
  const { config } = companions;
  refuseOtherInputs(model.graph.inputs, config);
  const { step, length, model: kind, warnings } = tokensFor(model.graph.inputs, companions);
  const { graph, became, ...answers } = headOf(model, companions);
  const notes = [...warnings];
  const { classes } = answers;
  if (classes && classes.every((label, i) => label === `LABEL_${i}`)) {
    notes.push('config.json names no labels (id2label): they are called LABEL_0, LABEL_1, …');
  }
  return {
    graph,
    pre: [step],
    signature: {
      form: 'text',
      columns: [{ name: TEXT, type: 'string', nullable: false, required: true }],
      ...answers,
    },
    steps: [
      {
        path: 'tokenizer',
        type: `tokenizers.${kind}`,
        state: length === undefined ? 'any length' : `at most ${length} tokens, longer texts are cut`,
        became: 'token ids (pre.json)',
        exactness: 'bit-exact',
      },
      {
        path: 'head',
        type: 'head',
        state: wordIn(config?.['problem_type']) ?? 'as declared',
        became,
        exactness: 'float32',
      },
    ],
    warnings: notes,
  };
}
