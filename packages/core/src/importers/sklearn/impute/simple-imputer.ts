import { ops, type InputParams, type Value } from '../../../ir/index.ts';
import { Features, InputColumn } from '../../model/features.ts';
import type { Converter } from '../converter.ts';
import { scalarOf, unwrap, type Fitted } from '../fitted.ts';
import { checkedNumbers, markerOf, withIndicator, type Marker } from './missing-values.ts';

type Fill = number | string;

/**
 * Puts a learnt value where one is missing.
 *
 * Columns without any value in training are dropped, or kept with `keep_empty_features`; up to 1.7 the strategy
 * 'constant' keeps them too. The indicator's columns follow at the end.
 */
export const simpleImputer: Converter = {
  types: ['sklearn.impute._base.SimpleImputer'],
  became: 'missing values replaced',
  exactness: 'bit-exact',
  sparse: 'kept',
  state: (fitted) => `strategy=${strategyOf(fitted)}`,

  transform(fitted, input) {
    const marker = markerOf(fitted);
    const fills = fitted.list('statistics_').map((item): Fill => {
      const scalar = scalarOf(item);
      if (scalar === undefined) throw fitted.wrong('statistics_', 'numbers or texts');
      return typeof scalar === 'string' ? scalar : scalar === null ? NaN : Number(scalar);
    });
    if (fills.length !== input.width) throw fitted.wrong('statistics_', `${input.width} values`);
    const keepsAll =
      fitted.flag('keep_empty_features', false) || (strategyOf(fitted) === 'constant' && !fitted.since(1, 8));
    const kept = fills.flatMap((fill, at) => (keepsAll || !Number.isNaN(fill) ? [at] : []));
    const parts = kept.map((at) => filled(fitted, input, at, fills[at] as Fill, marker));
    const imputed = new Features(joined(parts), input.names && kept.map((at) => input.names?.[at] as string));
    return withIndicator(fitted, imputed, input, marker);
  },
};

function strategyOf(fitted: Fitted): string {
  const strategy = unwrap(fitted.raw('strategy'));
  return typeof strategy === 'string' ? strategy : strategy === undefined ? 'mean' : 'a function';
}

type Part = Value | InputColumn;

function filled(fitted: Fitted, input: Features, at: number, fill: Fill, marker: Marker): Part {
  const kind = input.kind(at);
  if (kind === 'text') return filledText(fitted, input, at, fill, marker);
  if (typeof fill === 'number') return filledNumbers(input, at, fill, marker);
  if (kind === 'number') return checkedNumbers(input.number(at), marker);
  const [part] = input.select([at]).parts;
  if (part instanceof InputColumn && !(typeof marker === 'object' && 'text' in marker))
    return new FilledColumn(part, fill, marker);
  return filledText(fitted, input, at, fill, marker);
}

function filledText(fitted: Fitted, input: Features, at: number, fill: Fill, marker: Marker): Value {
  const x = input.text(at);
  if (marker === 'missing') {
    if (typeof fill === 'string') return ops.fillText(x, [fill]);
    if (Number.isNaN(fill)) return x;
  } else if (!('text' in marker)) return ops.require(x, { present: true });
  else if (typeof fill === 'string') return ops.fillText(ops.require(x, { present: true }), [fill], marker.text);
  throw fitted.unsupported(`filling column ${at}, which holds text, with a number`, 'Fill text columns with a text.');
}

function filledNumbers(input: Features, at: number, fill: number, marker: Marker): Value {
  const x = checkedNumbers(input.number(at), marker);
  if (marker === 'missing') return Number.isNaN(fill) ? x : ops.impute(x, [fill]);
  return 'number' in marker ? ops.impute(x, [fill], marker.number) : x;
}

/**
 * A column that is filled with a text, and that may yet turn out to hold numbers: an encoder of mixed columns asks for
 * what it saw in training. Among numbers the text is a value that the encoder does not know, as NaN is.
 */
class FilledColumn extends InputColumn {
  readonly #source: InputColumn;
  readonly #fill: string;
  readonly #marker: Marker;
  #filled: Value | undefined;

  constructor(source: InputColumn, fill: string, marker: Marker) {
    super(source.name, source.position);
    this.#source = source;
    this.#fill = fill;
    this.#marker = marker;
  }

  override as(dtype: 'float64' | 'string'): Value<InputParams> {
    const source = this.#source.as(dtype);
    this.#filled ??= dtype === 'float64' ? checkedNumbers(source, this.#marker) : this.#text(source);
    return this.#filled as Value<InputParams>;
  }

  override get asked(): Value<InputParams> | undefined {
    return this.#filled as Value<InputParams> | undefined;
  }

  #text(source: Value): Value {
    return this.#marker === 'missing' ? ops.fillText(source, [this.#fill]) : ops.require(source, { present: true });
  }
}

/** Numbers in one block, so that one Where serves all of them. */
function joined(parts: readonly Part[]): Part[] {
  const values = parts.filter((part): part is Value => !(part instanceof InputColumn) && part.dtype === 'float64');
  return parts.length && values.length === parts.length ? [ops.concat(values)] : [...parts];
}
