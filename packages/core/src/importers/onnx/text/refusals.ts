import { fail } from '../../../errors/index.ts';
import type { Dim, ValueInfo } from '../../../onnx/index.ts';
import type { Json } from './companions.ts';

const generation = {
  why: ': it writes text token by token, and Slipway serves models that answer a text at once',
  advice: 'Serve it with a server for text generation. Slipway takes classifiers, regressors and sentence embedders.',
};

/** Refuses graphs whose inputs are not those of an encoder: caches of text generation, images, positions. */
export function refuseOtherInputs(inputs: readonly ValueInfo[], config: Json | undefined): void {
  const cache = inputs.find(({ name }) => /past|cache|^decoder_|^encoder_hidden_states$/i.test(name));
  if (cache || isGenerator(config))
    throw refused(cache ? `the input "${cache.name}" of text generation` : 'text generation', generation);
  if (config && ('sentence_transformers' in config || 'sbert_ce_default_activation_function' in config)) {
    throw refused('a cross-encoder', {
      why: ': it scores a pair of texts, and a row of a text model is one text',
      advice:
        'Import model.onnx alone (without tokenizer.json beside it) and send the token ids of the pairs, or serve a sentence embedder and compare its vectors.',
    });
  }
  const known = ['input_ids', 'attention_mask', 'token_type_ids'];
  const odd = inputs.find(({ name }) => !known.includes(name));
  if (odd) {
    throw refused(`the input "${odd.name}" beside input_ids`, {
      why: `: a text fills ${known.join(', ')}`,
      advice: `Export the model without the input "${odd.name}", so that the graph computes it from input_ids.`,
    });
  }
  const dtypes = new Set(inputs.map(({ dtype }) => dtype));
  const wrong = inputs.find(({ dtype, shape }) => (dtype !== 'int64' && dtype !== 'int32') || shape.length !== 2);
  if (wrong || dtypes.size > 1) {
    throw refused(`the input "${(wrong ?? inputs[0])?.name}" of type ${[...dtypes].join(' and ')}`, {
      why: ': all of them are matrices [N, L] of int64, or all of int32',
      advice: 'Export the model again with int64 inputs of two dimensions.',
    });
  }
  const single = inputs.find(({ shape }) => typeof shape[0] === 'number');
  if (single) {
    throw refused(`the input "${single.name}" for exactly ${String(single.shape[0])} rows`, {
      why: '',
      advice:
        'Export the model with a dynamic first axis (dynamic_axes={"input_ids": {0: "batch", 1: "sequence"}, …}).',
    });
  }
}

/** Refuses heads that do not answer a text as a whole. */
export function refuseOtherHeads(
  outputs: readonly ValueInfo[],
  shapeOf: (info: ValueInfo) => readonly Dim[] | undefined,
  config: Json | undefined,
): void {
  const cache = outputs.find(({ name }) => /^(present|past)/i.test(name));
  if (cache) throw refused(`the output "${cache.name}" of text generation`, generation);
  const logits = outputs.find(({ name }) => name === 'logits');
  const shape = logits && shapeOf(logits);
  const vocabulary = config?.['vocab_size'];
  if (shape?.length === 3 && typeof vocabulary === 'number' && shape[2] === vocabulary) {
    throw refused('a head that scores the whole vocabulary at each token', generation);
  }
  const spans = outputs.find(({ name }) => name === 'start_logits' || name === 'end_logits');
  if (spans || (shape?.length === 3 && config)) {
    throw refused(spans ? 'a head that marks an answer inside a text' : 'a head that labels each token', {
      why: ': answers would need places in the text',
      advice:
        'Slipway takes classifiers and regressors of whole texts, and sentence embedders. Import model.onnx alone to send token ids.',
    });
  }
}

/** What config.json calls the class of the model. */
function isGenerator(config: Json | undefined): boolean {
  const names = config?.['architectures'];
  return (
    Array.isArray(names) &&
    names.some((name) => /(ForCausalLM|ForConditionalGeneration|LMHeadModel|ForSeq2SeqLM)$/.test(String(name)))
  );
}

function refused(what: string, { why, advice }: { readonly why: string; readonly advice: string }) {
  return fail('UNSUPPORTED_MODEL', { path: 'model.onnx', what, why, advice });
}
