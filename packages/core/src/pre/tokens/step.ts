import { isFields } from './fields.ts';

/** A text (or a pair of texts) becomes the ids that a language model takes. Pure data, as written in pre.json. */
export interface TokensStep {
  readonly op: 'tokens';
  /** The columns that hold the text, or the two texts. */
  readonly columns: readonly string[];
  /** Graph inputs `[N, L]` that it fills: ids, 1 for tokens and 0 for padding, and which of two texts a token is of. */
  readonly ids: string;
  readonly mask?: string | undefined;
  readonly types?: string | undefined;
  readonly dtype: 'int32' | 'int64';
  /** tokenizer.json, without what only decoding needs; its truncation and padding hold. */
  readonly tokenizer: unknown;
}

/** Checks a step that was read from a file; what the tokenizer holds is checked when it is compiled. */
export function isTokensStep(step: unknown): step is TokensStep {
  return (
    isFields(step) &&
    step['op'] === 'tokens' &&
    Array.isArray(step['columns']) &&
    (step['columns'].length === 1 || step['columns'].length === 2) &&
    step['columns'].every((column) => typeof column === 'string') &&
    typeof step['ids'] === 'string' &&
    ['string', 'undefined'].includes(typeof step['mask']) &&
    ['string', 'undefined'].includes(typeof step['types']) &&
    (step['dtype'] === 'int32' || step['dtype'] === 'int64') &&
    isFields(step['tokenizer'])
  );
}

/** The graph inputs that a step fills. */
export function tokensOutputs({ ids, mask, types }: TokensStep): string[] {
  return [ids, mask, types].filter((name) => name !== undefined);
}
