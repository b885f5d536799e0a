import type { Tensor } from '../tensor/index.ts';

/** A text column of the inputs. */
export function textsOf(inputs: Readonly<Record<string, Tensor>>, name: string): readonly string[] {
  const column = inputs[name];
  if (!column || column.dtype !== 'string') throw new Error(`the text column ${name} is missing`);
  return column.data as readonly string[];
}
