import { asNumber } from '../fitted.ts';
import type { Converter } from '../converter.ts';
import { inverseTransform } from './inverse.ts';

/** The regressor's prediction, transformed back: `transformer_` is a fitted transformer, or holds `inverse_func`. */
export const transformedTargetRegressor: Converter = {
  types: ['sklearn.compose._target.TransformedTargetRegressor'],
  became: 'its regressor, the transformation undone',
  exactness: '1e-12',
  state: (fitted) => `${fitted.object_('regressor_').name}, ${fitted.object_('transformer_').name}`,

  predict(fitted, input, context) {
    const inner = context.member(fitted.raw('regressor_'), input, 'regressor_');
    if (inner.kind !== 'regressor') throw fitted.wrong('regressor_', 'a regressor');
    const value = inverseTransform(fitted.raw('transformer_'), inner.value, context, 'transformer_');
    return { kind: 'regressor', value, single: value.width === 1 && asNumber(fitted.raw('_training_dim')) === 1 };
  },
};
