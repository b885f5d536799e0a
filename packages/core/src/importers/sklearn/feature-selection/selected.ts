import { ops } from '../../../ir/index.ts';
import { Features } from '../../model/features.ts';
import { checked } from '../linear/scores.ts';
import { PyDict, type Fitted } from '../fitted.ts';

/** The columns that a selector keeps, checked as `SelectorMixin.transform` checks all of them. */
export function selected(fitted: Fitted, input: Features, mask: readonly boolean[], allowsMissing: boolean): Features {
  if (mask.length !== input.width) throw fitted.wrong('its support', `a choice of ${input.width} columns`);
  const kept = mask.flatMap((keeps, at) => (keeps ? [at] : []));
  if (!kept.length) return new Features([ops.nothing(input.numbers())], []);
  if (isFrame(fitted, input)) return input.select(kept);
  // Where NaN may pass the library checks nothing at all, so infinity passes too.
  const x = allowsMissing ? input.numbers() : checked(input.numbers());
  return new Features([ops.select(x, kept)], input.names && kept.map((at) => input.names?.[at] as string));
}

/** With `set_output` a table passes through unchecked, from 1.3 on. */
function isFrame(fitted: Fitted, input: Features): boolean {
  const config = fitted.raw('_sklearn_output_config');
  const output = config instanceof PyDict ? config.get('transform') : undefined;
  return fitted.since(1, 3) && input.names !== undefined && (output === 'pandas' || output === 'polars');
}
