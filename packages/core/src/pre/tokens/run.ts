import { tensor, type Tensor } from '../../tensor/index.ts';
import type { Tokens } from '../run.ts';
import { textsOf } from '../texts.ts';
import { paddedLength } from './padding.ts';
import type { Encoding } from './post-processors.ts';
import type { TokensStep } from './step.ts';
import { compileTokenizer } from './tokenizer.ts';

/** Tokenizes texts, for `compilePre`. */
export const tokens: Tokens = (step) => {
  const encode = tokensOf(step);
  return (inputs) => encode(step.columns.map((column) => textsOf(inputs, column)));
};

/** Compiles a step: one list of texts for each column → the graph's inputs, rows padded to one length. */
export function tokensOf(step: TokensStep): (columns: readonly (readonly string[])[]) => Record<string, Tensor> {
  const tokenizer = compileTokenizer(step.tokenizer);
  const { padding } = tokenizer;
  return ([texts = [], pairs]) => {
    const rows = texts.map((text, r) => tokenizer.encode(text, ...(pairs ? [pairs[r] as string] : [])));
    const length = paddedLength(
      rows.reduce((most, { ids }) => Math.max(most, ids.length), 1),
      padding,
    );
    const matrix = (pad: number, values: (row: Encoding) => readonly number[]): Tensor => {
      const data = new Int32Array(rows.length * length).fill(pad);
      rows.forEach((row, r) => {
        data.set(values(row), r * length + (padding.side === 'left' ? length - row.ids.length : 0));
      });
      const shape = [rows.length, length];
      if (step.dtype === 'int32') return tensor('int32', shape, data);
      return tensor('int64', shape, BigInt64Array.from(data, BigInt));
    };
    return {
      [step.ids]: matrix(padding.id, ({ ids }) => ids),
      ...(step.mask === undefined ? {} : { [step.mask]: matrix(0, ({ ids }) => ids.map(() => 1)) }),
      ...(step.types === undefined ? {} : { [step.types]: matrix(padding.type, ({ types }) => types) }),
    };
  };
}
