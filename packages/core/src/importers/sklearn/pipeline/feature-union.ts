import { Features } from '../../model/features.ts';
import type { Converter } from '../converter.ts';
import { itemsOf } from '../fitted.ts';
import { weightsOf } from './column-transformer.ts';
import { isSkipped } from './pipeline.ts';

/** Several transformers of the same columns, their results side by side. */
export const featureUnion: Converter = {
  types: ['sklearn.pipeline.FeatureUnion'],
  became: 'each transformer, results joined',
  exactness: 'bit-exact',
  sparse: 'made',

  transform(fitted, input, context) {
    const weights = weightsOf(fitted);
    const blocks: Features[] = [];
    for (const entry of fitted.list('transformer_list')) {
      const [name, transformer] = itemsOf(entry) ?? [];
      if (typeof name !== 'string') throw fitted.wrong('transformer_list', '(name, transformer) pairs');
      if (transformer === 'drop' || transformer === null) continue;
      const block = isSkipped(transformer) ? input : context.transform(transformer, input, name);
      const weight = weights.get(name);
      blocks.push(weight === undefined ? block : context.scaled(block, weight));
    }
    return Features.join(blocks);
  },
};
