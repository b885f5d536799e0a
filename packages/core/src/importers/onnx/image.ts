import { fail, SlipwayError } from '../../errors/index.ts';
import { declaredImage, type DeclaredImage, type ImageStep } from '../../pre/index.ts';
import { IMAGE_INPUT, type TensorSpec } from '../../signature/index.ts';

/** Rows that are pictures: the signature's tensors, and the step that fills the graph's input. */
export interface ImageInputs {
  readonly tensors: readonly TensorSpec[];
  readonly pre: readonly ImageStep[];
}

/** Attaches declared preprocessing to the input that takes pictures. USAGE where it does not fit. */
export function withImage(tensors: readonly TensorSpec[], declared: DeclaredImage): ImageInputs {
  const told = typeof declared === 'string' ? undefined : declared['input'];
  const fitting = tensors.filter(({ name, dtype, shape }) =>
    told === undefined
      ? dtype !== 'string' && (shape.length === 3 || (shape.length === 2 && tensors.length === 1))
      : name === told,
  );
  const [spec] = fitting;
  if (!spec || fitting.length > 1) {
    throw fail('USAGE', {
      problem: spec ? 'Several inputs of the graph could take a picture.' : 'No input of the graph takes a picture.',
      advice: spec
        ? 'Name one with "input" in the JSON of --image.'
        : 'Pictures fill inputs such as [N, 3, height, width]; leave --image out for other models.',
    });
  }
  const column = tensors.length === 1 || !tensors.some(({ name }) => name === IMAGE_INPUT) ? IMAGE_INPUT : spec.name;
  const step = declaredImage(declared, spec, column);
  const picture: TensorSpec = { name: column, dtype: 'string', shape: [], image: { shape: spec.shape } };
  return { tensors: tensors.map((each) => (each === spec ? picture : each)), pre: [step] };
}

/** The same for a file that lies beside the model: one that does not fit is told and passed by. */
export function withFoundImage(
  tensors: readonly TensorSpec[],
  config: unknown,
  warnings: string[],
): ImageInputs | undefined {
  if (typeof config !== 'object' || config === null || Array.isArray(config)) return undefined;
  try {
    return withImage(tensors, Object.fromEntries(Object.entries(config)));
  } catch (error) {
    if (!(error instanceof SlipwayError)) throw error;
    warnings.push(`preprocessor_config.json was not used: ${error.message}`);
    return undefined;
  }
}
