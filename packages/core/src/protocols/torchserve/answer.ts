import { labelKey, type Decoded } from '../../signature/index.ts';
import { defaultMethods, rowTexts } from '../inference/answers.ts';
import { methodsOf } from '../inference/methods.ts';
import type { Tensors } from '../inference/run.ts';
import { elementWriter } from '../inference/write-tensor.ts';
import type { Servable } from '../protocol.ts';

const STYLE = { odd: 'names' } as const;

/** JSON of each row: a classifier gives `{label: probability}`, as TorchServe's own handlers do; others their value. */
export function answerTexts(model: Servable, rows: Decoded, outputs: Tensors): string[] {
  const { task, classes } = model.signature;
  const chances = methodsOf(model).find(({ name }) => name === 'predict_proba');
  if (task !== 'classification' || !classes || !chances)
    return rowTexts(defaultMethods(model), outputs, rows.count, STYLE);
  const write = elementWriter(chances.read(outputs), STYLE);
  const heads = classes.map((value, k) => `${k === 0 ? '' : ','}${JSON.stringify(labelKey(value))}:`);
  return Array.from({ length: rows.count }, (_, row) => {
    const members = heads.map((head, k) => head + write(row * heads.length + k));
    return `{${members.join('')}}`;
  });
}
