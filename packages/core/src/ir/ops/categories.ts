import type { GraphBuilder } from '../../onnx/index.ts';
import { isWithin, type Limit } from '../../signature/limits.ts';
import { float64, int64, strings } from '../../tensor/index.ts';
import { accepts } from '../demands.ts';
import { MISSING, value, type Demand, type Op, type Row, type Value } from '../value.ts';
import { add, and, cast, constant, constantTensor, greater, less, numbersOf, onnxType, where } from './numbers.ts';
import { tableRow } from './reduce.ts';

/** A value that an encoder knows: text, a number (booleans are 0 and 1), or null for missing. */
export type Category = string | number | null;

interface Codes {
  readonly keys: readonly Category[];
  readonly codes: readonly number[];
  readonly unknown: number;
  readonly demand: Demand;
}

const codesOp: Op<Codes> = {
  id: 'codes',
  evaluate({ keys, codes: known, unknown }, [x]) {
    const cell = (x as Row)[0] as string | number;
    const missing = typeof cell === 'string' ? cell === MISSING : Number.isNaN(cell);
    const at = keys.findIndex((key) => (key === null ? missing : key === cell));
    return Float64Array.of(at < 0 ? unknown : (known[at] as number));
  },
  emit(graph, params, [x], { inputs }) {
    return (inputs[0] as Value).dtype === 'string'
      ? emitText(graph, params, x as string)
      : emitNumbers(graph, params, x as string);
  },
  demand: (params, [own]) => [[narrowed(params, own?.limits ?? [])]],
};

/** Without the keys whose codes a later step refuses: their rows of a table hold NaN where it takes none. */
function narrowed({ keys, codes: known, unknown, demand }: Codes, limits: readonly Limit[]): Demand {
  const refused = (code: number | undefined): boolean => !isWithin(limits, code ?? unknown);
  const values = demand.categories?.values ?? [];
  const closed = demand.categories?.closed === true || refused(unknown);
  const kept = values.filter((_, i) => !refused(known[i]));
  const missingAt = keys.indexOf(null);
  const present = demand.present || (missingAt < 0 ? closed : refused(known[missingAt]));
  return { ...demand, present, categories: { values: kept, closed } };
}

function emitText(graph: GraphBuilder, { keys, codes: known, unknown }: Codes, x: string): string {
  return graph.node(
    'LabelEncoder',
    [x],
    {
      keys_strings: keys.map((key) => (key === null ? MISSING : String(key))),
      values_int64s: known.slice(),
      default_int64: unknown,
    },
    { domain: 'ai.onnx.ml' },
  );
}

/** LabelEncoder takes no doubles: compare with every key and add up what differs from the unknown's code. */
function emitNumbers(graph: GraphBuilder, { keys, codes: known, unknown }: Codes, x: string): string {
  const matches = emitMatches(graph, keys, x);
  const weights = Float64Array.from(known, (code) => code - unknown);
  const found = graph.node('Gemm', [matches, graph.constant(float64(weights, [keys.length, 1]))]);
  const shifted = graph.node('Add', [found, graph.constant(float64([unknown], [1, 1]))]);
  return graph.node('Cast', [shifted], { to: onnxType.int64 });
}

/** [N, keys] of 0.0 and 1.0. */
function emitMatches(graph: GraphBuilder, keys: readonly Category[], x: string): string {
  const numbers = Float64Array.from(keys, (key) => (key === null ? NaN : Number(key)));
  const equal = graph.node('Equal', [x, graph.constant(constantTensor(numbers, 'float64', [1, keys.length]))]);
  const matches = graph.node('Cast', [equal], { to: onnxType.float64 });
  const missingAt = keys.indexOf(null);
  if (missingAt < 0) return matches;
  const isMissing = graph.node('Cast', [graph.node('IsNaN', [x])], { to: onnxType.float64 });
  const isNull = Float64Array.from(keys, (_key, i) => Number(i === missingAt));
  return graph.node('Add', [
    matches,
    graph.node('Mul', [isMissing, graph.constant(float64(isNull, [1, keys.length]))]),
  ]);
}

export interface Encoding {
  /** Known values in the encoder's order. */
  readonly keys: readonly Category[];
  /** Code of each key; its position when left out. */
  readonly codes?: readonly number[];
  /** Code of everything else; -1 when left out. */
  readonly unknown?: number;
  /** The library refuses unknown values. */
  readonly closed: boolean;
  /** Keys are Python booleans. */
  readonly booleans?: boolean;
}

/** int64 code of one column (text or numbers) by a table of known values. */
export function codes(x: Value, { keys, codes: given, unknown = -1, closed, booleans = false }: Encoding): Value {
  if (x.width !== 1) throw new Error('codes takes one column');
  const shown = keys.map((key) => (booleans && typeof key === 'number' ? key === 1 : key));
  const demand: Demand = {
    categories: { values: shown, closed },
    present: closed && !keys.includes(null),
  };
  return value(
    codesOp,
    { keys, codes: given ?? keys.map((_, i) => i), unknown, demand } satisfies Codes,
    [x],
    'int64',
    1,
  );
}

const indicatorOp: Op<readonly number[]> = {
  id: 'indicator',
  evaluate: (wanted, [x]) => Float64Array.from(wanted, (code) => Number(numbersOf(x as Row)[0] === code)),
  emit: (graph, wanted, [x]) =>
    graph.node('Cast', [graph.node('Equal', [x as string, graph.constant(int64(wanted, [1, wanted.length]))])], {
      to: onnxType.float64,
    }),
};

/** 1.0 where the code is the wanted one, a column for each: one-hot encoding. */
export function indicator(code: Value, wanted: readonly number[]): Value {
  return value(indicatorOp, wanted, [code], 'float64', wanted.length);
}

const fillTextOp: Op<{ readonly fill: readonly string[]; readonly marker: string }> = {
  id: 'fillText',
  evaluate: ({ fill, marker }, [x]) =>
    (x as readonly string[]).map((cell, i) => (cell === marker ? (fill[i] as string) : cell)),
  emit(graph, { fill, marker }, [x], { width }) {
    // Equal takes no strings before opset 19: a LabelEncoder finds the marker, and Where picks.
    const found = graph.node(
      'LabelEncoder',
      [x as string],
      { keys_strings: [marker], values_int64s: [1], default_int64: 0 },
      { domain: 'ai.onnx.ml' },
    );
    const isMarker = graph.node('Cast', [found], { to: onnxType.bool });
    return graph.node('Where', [isMarker, graph.constant(strings(fill, [1, width])), x as string]);
  },
  demand: ({ fill, marker }, demands) => [
    demands.map((demand, i) =>
      marker === MISSING ? { ...demand, present: !accepts(demand, fill[i] as string) } : demand,
    ),
  ],
};

/** Puts `fill` where a text is missing (or is the marker that stands for missing). */
export function fillText(x: Value, fill: readonly string[], marker: string = MISSING): Value {
  return value(fillTextOp, { fill, marker }, [x], 'string', x.width);
}

const isMissingTextOp: Op<null> = {
  id: 'isMissingText',
  evaluate: (_params, [x]) => Float64Array.from(x as readonly string[], (cell) => Number(cell === MISSING)),
  emit: (graph, _params, [x]) =>
    graph.node(
      'Cast',
      [
        graph.node(
          'LabelEncoder',
          [x as string],
          { keys_strings: [MISSING], values_int64s: [1], default_int64: 0 },
          { domain: 'ai.onnx.ml' },
        ),
      ],
      {
        to: onnxType.bool,
      },
    ),
  demand: (_params, _demands, { width }) => [Array.from({ length: width }, () => ({}))],
};

/** Where a text is missing. */
export function isMissingText(x: Value): Value {
  return value(isMissingTextOp, null, [x], 'bool', x.width);
}

/**
 * Row of `table` `[slots + 1, width]` for a number that is a category code: toward zero, and the last row for NaN,
 * negative codes and codes beyond the table, as histogram boosting and the boosters do.
 */
export function tableByCode(x: Value, table: Float64Array, width: number): Value {
  const slots = table.length / width - 1;
  const inside = and(greater(x, -1), less(x, slots));
  return tableRow(cast(where(inside, x, constant([slots])), 'int64'), table, width);
}

const labelsOp: Op<readonly string[] | readonly number[]> = {
  id: 'labels',
  evaluate(classes, [x]) {
    const label = classes[numbersOf(x as Row)[0] as number];
    return typeof label === 'string' ? [label] : Float64Array.of(label as number);
  },
  emit: (graph, classes, [x]) =>
    graph.node(
      'Gather',
      [
        graph.constant(
          typeof classes[0] === 'string' ? strings(classes as readonly string[]) : int64(classes as readonly number[]),
        ),
        x as string,
      ],
      {
        axis: 0,
      },
    ),
};

/** The class label at a position: text or integer. */
export function labels(position: Value, classes: readonly string[] | readonly number[]): Value {
  return value(labelsOp, classes, [position], typeof classes[0] === 'string' ? 'string' : 'int64', 1);
}

/** int64 code → code + offset, for tables that follow one another. */
export function shift(code: Value, by: number): Value {
  return by === 0 ? code : add(code, constant([by], 'int64'));
}
