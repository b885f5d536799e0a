import { MISSING, ops, value, type Op, type Value } from '../../../ir/index.ts';
import { Features, InputColumn } from '../../model/features.ts';
import { asNumber, itemsOf, PyGlobal, PyObject, unwrap, type Fitted } from '../fitted.ts';

/** `missing_values` of imputers: what stands for a missing value. `missing` is NaN, None and pandas.NA alike. */
export type Marker = 'missing' | { readonly number: number } | { readonly text: string };

export function markerOf(fitted: Fitted): Marker {
  const raw = fitted.raw('missing_values');
  const plain = unwrap(raw);
  if (typeof plain === 'string') return { text: plain };
  const number = asNumber(raw);
  if (number !== undefined) return Number.isNaN(number) ? 'missing' : { number };
  if (plain === null || plain === undefined) return 'missing';
  if ((raw instanceof PyGlobal || raw instanceof PyObject) && /(^|\.)NA(Type)?$/.test(raw.path)) return 'missing';
  throw fitted.unsupported('this kind of missing_values', 'Use NaN, None, a number or a text for missing values.');
}

/** What the library's check of its input asks of a column of numbers: NaN is allowed only where it stands for missing. */
export function checkedNumbers(x: Value, marker: Marker): Value {
  return ops.require(x, marker === 'missing' ? { finite: true } : { finite: true, present: true });
}

/** Where numbers are missing: bool, element by element. */
export function isMissingNumber(x: Value, marker: Marker): Value {
  const checked = checkedNumbers(x, marker);
  if (marker === 'missing') return ops.isMissing(checked);
  // A number never equals a text.
  return ops.equal(checked, 'number' in marker ? marker.number : NaN);
}

/** Where one column is missing: bool `[N,1]`. The column may turn out to be text later. */
export function isMissingAt(input: Features, at: number, marker: Marker, present = false): Value {
  const asked = (x: Value): Value => (present ? ops.require(x, { present }) : x);
  if (marker !== 'missing' && 'text' in marker && input.kind(at) !== 'number') {
    const code = ops.codes(ops.require(input.text(at), { present: true }), { keys: [marker.text], closed: false });
    return ops.equal(code, 0);
  }
  if (input.kind(at) === 'text') {
    // Numbers among texts of object columns are not known here.
    return marker === 'missing'
      ? ops.isMissingText(asked(input.text(at)))
      : ops.cast(ops.repeat([0], input.text(at)), 'bool');
  }
  const [part] = input.select([at]).parts;
  if (marker === 'missing' && part instanceof InputColumn && input.kind(at) === 'unknown')
    return isMissingLater(part, present);
  return isMissingNumber(asked(input.number(at)), marker);
}

const isMissingLaterOp: Op<{ readonly present: boolean }> = {
  id: 'isMissingLater',
  evaluate: (_params, [x]) =>
    x instanceof Float64Array
      ? x.map((cell) => Number(Number.isNaN(cell)))
      : Float64Array.from(x as readonly string[], (cell) => Number(cell === MISSING)),
  emit(graph, _params, [x], { inputs }) {
    if (inputs[0]?.dtype !== 'string') return graph.node('IsNaN', [x as string]);
    const flag = ops.isMissingText(inputs[0]);
    return flag.op.emit(graph, flag.params, [x as string], flag);
  },
  demand: ({ present }) => [[{ present }]],
};

/** Where a column is missing that nobody has asked for yet: whether it holds text is decided by whoever asks later. */
function isMissingLater(column: InputColumn, present: boolean): Value {
  const later = value(isMissingLaterOp, { present }, [], 'bool', 1);
  return {
    ...later,
    get inputs() {
      return [column.asked ?? column.as('float64')];
    },
  };
}

/** The columns that a MissingIndicator adds: 1.0 where the columns `features_` are missing. */
function indicatorColumns(fitted: Fitted, indicator: PyObject, input: Features, marker: Marker): Features {
  const positions = itemsOf(indicator.attr('features_'))?.map((at) => asNumber(at) as number);
  if (!positions?.every((at) => at >= 0 && at < input.width))
    throw fitted.wrong('indicator_', 'a fitted MissingIndicator');
  const flags = positions.map((at) => isMissingAt(input, at, marker));
  const names = input.names && positions.map((at) => `missingindicator_${input.names?.[at]}`);
  return new Features(flags.length ? [ops.cast(ops.concat(flags), 'float64')] : [], names);
}

/** What an imputer answers, with the columns of its indicator at the end (`add_indicator`). */
export function withIndicator(fitted: Fitted, imputed: Features, input: Features, marker: Marker): Features {
  const indicator = fitted.raw('indicator_');
  if (!(indicator instanceof PyObject)) return imputed;
  return Features.join([imputed, indicatorColumns(fitted, indicator, input, marker)]);
}
