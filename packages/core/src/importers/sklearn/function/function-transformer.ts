import { Features } from '../../model/features.ts';
import { checked } from '../linear/scores.ts';
import type { Converter } from '../converter.ts';
import { PyGlobal } from '../fitted.ts';
import { callFunction } from './call.ts';

/** A function of all columns: none at all (the columns as they are), or one of those that have a formula here. */
export const functionTransformer: Converter = {
  types: ['sklearn.preprocessing._function_transformer.FunctionTransformer'],
  became: 'its formula',
  exactness: '1e-12',
  sparse: 'kept',
  state(fitted) {
    const func = fitted.raw('func');
    return func instanceof PyGlobal ? func.name : fitted.has('func') ? 'a function' : 'the columns as they are';
  },

  transform(fitted, input) {
    const isChecked = fitted.flag('validate', false);
    if (!fitted.has('func')) return isChecked ? new Features([checked(input.numbers())], input.names) : input;
    const x = isChecked ? checked(input.numbers()) : input.numbers();
    const y = callFunction(fitted, fitted.raw('func'), fitted.raw('kw_args'), x);
    return new Features([y], y.width === input.width ? input.names : undefined);
  },
};
