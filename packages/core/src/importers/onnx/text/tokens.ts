import { fail } from '../../../errors/index.ts';
import type { ValueInfo } from '../../../onnx/index.ts';
import { compileTokenizer, type TokensStep } from '../../../pre/tokens/index.ts';
import { objectOf, sizeIn, wordIn, type Companions, type Json } from './companions.ts';

/** The column of a text model. */
export const TEXT = 'text';

/** The step that fills the graph's inputs, and what was decided on the way. */
export interface Tokens {
  readonly step: TokensStep;
  /** Most tokens of a row; undefined where nothing says it. */
  readonly length: number | undefined;
  readonly model: string;
  readonly warnings: readonly string[];
}

/** Pads and cuts as a call of the model's own library does: to the longest of the batch, to the length of the model. */
export function tokensFor(inputs: readonly ValueInfo[], companions: Companions): Tokens {
  const { tokenizer, config, tokenizerConfig, specialTokens } = companions;
  const fixed = inputs.map(({ shape }) => shape[1]).find((dim) => typeof dim === 'number');
  const length = lengthOf(companions, fixed);
  const given = objectOf(tokenizer['truncation']);
  const padding = objectOf(tokenizer['padding']);
  const bare = compileTokenizer({ ...only(tokenizer), truncation: null, padding: null });
  const warnings: string[] = [];
  const token = nameOf(tokenizerConfig?.['pad_token']) ?? nameOf(specialTokens?.['pad_token']);
  const named = [token, '[PAD]', '<pad>'].map((name) => (name === undefined ? undefined : bare.idOf(name)));
  const pad =
    named[0] ?? sizeOrZero(config?.['pad_token_id']) ?? sizeOrZero(padding?.['pad_id']) ?? named[1] ?? named[2];
  if (pad === undefined)
    warnings.push('Neither the tokenizer nor config.json names a token for padding: id 0 is used.');
  if (length === undefined) {
    warnings.push(
      'Nothing says how many tokens the model takes: texts are not cut, and long ones may fail in the graph.',
    );
  }
  const follows = tokenizerConfig === undefined && padding !== undefined;
  const step: TokensStep = {
    op: 'tokens',
    columns: [TEXT],
    ids: 'input_ids',
    ...(inputs.some(({ name }) => name === 'attention_mask') ? { mask: 'attention_mask' } : {}),
    ...(inputs.some(({ name }) => name === 'token_type_ids') ? { types: 'token_type_ids' } : {}),
    dtype: inputs[0]?.dtype === 'int32' ? 'int32' : 'int64',
    tokenizer: {
      ...only(tokenizer),
      truncation:
        length === undefined
          ? null
          : {
              max_length: length,
              strategy: 'LongestFirst',
              stride: 0,
              direction: sideIn(tokenizerConfig?.['truncation_side']) ?? given?.['direction'] ?? 'Right',
            },
      padding: {
        strategy: fixed === undefined ? (follows ? padding['strategy'] : 'BatchLongest') : { Fixed: fixed },
        direction: sideIn(tokenizerConfig?.['padding_side']) ?? padding?.['direction'] ?? 'Right',
        pad_to_multiple_of: fixed === undefined && follows ? (padding['pad_to_multiple_of'] ?? null) : null,
        pad_id: pad ?? 0,
        pad_type_id: sizeOrZero(tokenizerConfig?.['pad_token_type_id']) ?? padding?.['pad_type_id'] ?? 0,
      },
    },
  };
  // The whole is checked as it will run.
  const added = compileTokenizer(step.tokenizer).encode('').ids.length;
  if (length !== undefined && added > length) {
    throw fail('CORRUPT_FILE', {
      format: 'tokenizer.json',
      problem: `it sets ${added} special tokens, and the model takes ${length} tokens`,
    });
  }
  return { step, length, model: wordIn(objectOf(tokenizer['model'])?.['type']) ?? 'tokenizer', warnings };
}

/** What encoding needs; the decoder is left out. */
function only(tokenizer: Json): Json {
  const { version, added_tokens, normalizer, pre_tokenizer, post_processor, model } = tokenizer;
  return {
    version: version ?? '1.0',
    added_tokens: added_tokens ?? [],
    normalizer: normalizer ?? null,
    pre_tokenizer: pre_tokenizer ?? null,
    post_processor: post_processor ?? null,
    model: model ?? null,
  };
}

function lengthOf({ tokenizer, config, tokenizerConfig, sentence }: Companions, fixed: number | undefined) {
  const wanted =
    sizeIn(sentence?.['max_seq_length']) ??
    sizeIn(tokenizerConfig?.['model_max_length']) ??
    sizeIn(objectOf(tokenizer['truncation'])?.['max_length']);
  const positions = sizeIn(config?.['max_position_embeddings']);
  // RoBERTa and its kin count positions from pad_token_id + 1 on.
  const offset = /roberta|camembert|mpnet|longformer|xlm-r/.test(String(config?.['model_type'])) ? 2 : 0;
  const limits = [wanted, positions === undefined ? undefined : positions - offset, fixed].filter(
    (limit) => limit !== undefined,
  );
  return limits.length ? Math.max(1, Math.min(...limits)) : undefined;
}

/** A token is a text, or an object around one. */
function nameOf(value: unknown): string | undefined {
  const name = typeof value === 'string' ? value : objectOf(value)?.['content'];
  return typeof name === 'string' ? name : undefined;
}

function sizeOrZero(value: unknown): number | undefined {
  return value === 0 ? 0 : sizeIn(value);
}

function sideIn(value: unknown): 'Left' | 'Right' | undefined {
  return value === 'left' ? 'Left' : value === 'right' ? 'Right' : undefined;
}
