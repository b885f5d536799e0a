import { describe, expect, test } from 'vitest';
import { runOrt } from '../../../../test/ort.ts';
import { GraphBuilder, type AttributeValue, type OnnxModel } from '../onnx/index.ts';
import { float32, float64, int64, sizeOf, strings, type DType, type Tensor } from '../tensor/index.ts';
import { compile } from './index.ts';

const rows = 9;
const special = [NaN, 0, -0, Infinity, -Infinity, 1, -1, 0.5, -0.5, 1.5, 2.5, -2.5, 1e300, -1e-300, 3, 1e10];

interface Case {
  readonly op: string;
  readonly inputs: readonly Input[];
  readonly attributes?: Record<string, AttributeValue>;
  /** dtypes of the results; that of the first input with rows unless stated. */
  readonly outputs?: readonly (DType | undefined)[];
  readonly domain?: string;
  readonly opset?: number;
  readonly ml?: number;
  /** Largest relative difference; 0 unless stated. */
  readonly within?: number;
}

/** An input with rows along axis 0, or a constant. */
type Input =
  | { readonly dtype: DType; readonly shape: readonly number[]; readonly from: readonly (number | string)[] }
  | Tensor;

const x = (...shape: number[]): Input => ({ dtype: 'float64', shape, from: special });
const finite = (...shape: number[]): Input => ({
  dtype: 'float64',
  shape,
  from: [0.25, -1.5, 2, -0, 7, 3.75, 0.1, -6, 2, 11],
});
const positive = (...shape: number[]): Input => ({ dtype: 'float64', shape, from: [0.25, 1.5, 2, 3.75, 7, 0.1, 11] });
const single = (...shape: number[]): Input => ({ dtype: 'float32', shape, from: [0.1, -1.7, 2, 0.3, -5.5, 1e-3, 8] });
const integer = (...shape: number[]): Input => ({ dtype: 'int64', shape, from: [3, -3, 0, 7, -8, 1, 2 ** 40, 5] });
const flag = (...shape: number[]): Input => ({ dtype: 'bool', shape, from: [1, 0, 0, 1, 1] });
const word = (...shape: number[]): Input => ({ dtype: 'string', shape, from: ['a', 'b', '', 'ü', 'c'] });
const mlDomain = 'ai.onnx.ml';

const cases: readonly Case[] = [
  ...['Abs', 'Neg', 'Floor', 'Ceil', 'Round', 'Sign', 'Sqrt', 'Reciprocal', 'Relu'].map((op): Case => ({
    op,
    inputs: [x(5)],
  })),
  ...['Exp', 'Log', 'Sin', 'Sigmoid', 'Tanh'].map((op): Case => ({ op, inputs: [finite(5)], within: 1e-14 })),
  ...[
    'Exp',
    'Sin',
    'Cos',
    'Tan',
    'Atan',
    'Sinh',
    'Cosh',
    'Asinh',
    'Erf',
    'Softplus',
    'Softsign',
    'Elu',
    'Selu',
    'LeakyRelu',
    'HardSigmoid',
    'Sigmoid',
    'Tanh',
  ].map((op): Case => ({ op, inputs: [single(5)], within: 1e-6 })),
  { op: 'LeakyRelu', inputs: [finite(5)], attributes: { alpha: { float: 0.3 } }, within: 1e-7 },
  { op: 'Abs', inputs: [integer(3)] },
  { op: 'Neg', inputs: [integer(3)] },
  { op: 'Sign', inputs: [integer(3)] },
  ...['Add', 'Sub', 'Mul', 'Div'].flatMap((op): Case[] => [
    { op, inputs: [x(4), x(4)] },
    { op, inputs: [x(4), float64([1, 0, -2, 0.1], [1, 4])] },
    { op, inputs: [float64([3]), x(1)] },
    { op, inputs: [single(4), float32([1.1, 3, -2, 0.1])] },
    { op, inputs: [integer(2), int64([3, -2], [1, 2])] },
    {
      op,
      inputs: [
        { dtype: 'int32', shape: [2], from: [7, -7, 2 ** 30] },
        { dtype: 'int32', shape: [2], data: Int32Array.of(3, -2) },
      ],
    },
    { op, inputs: [x(3, 1), finite(1, 2)] },
    { op, inputs: [x(90), x(90)] },
    {
      op,
      inputs: [
        x(10, 9),
        float64(
          Array.from({ length: 9 }, (_, i) => i),
          [1, 1, 9],
        ),
      ],
    },
  ]),
  { op: 'Mod', inputs: [x(4), float64([3, -3, 0.3, 2])], attributes: { fmod: 1 } },
  { op: 'Mod', inputs: [integer(2), int64([3, -3])] },
  { op: 'Pow', inputs: [x(3), float64([2])] },
  { op: 'Pow', inputs: [finite(3), float64([3])] },
  { op: 'Pow', inputs: [positive(3), finite(3)], within: 1e-15 },
  { op: 'Pow', inputs: [x(3), float64([0])] },
  { op: 'Pow', inputs: [float64([1]), x(3)] },
  { op: 'Sum', inputs: [finite(3), finite(3), finite(1)] },
  { op: 'Mean', inputs: [single(3), single(3)], within: 1e-6 },
  { op: 'Min', inputs: [x(4), float64([1, -1, 0.5, NaN])] },
  { op: 'Max', inputs: [x(4), float64([1, -1, 0.5, 3]), finite(1)] },
  { op: 'Clip', inputs: [x(4), float64([-1], []), float64([2], [])] },
  { op: 'Clip', inputs: [x(4), float64([-1], [])] },
  { op: 'PRelu', inputs: [finite(3), float64([0.1, 0.2, 0.3])] },

  ...['Equal', 'Less', 'LessOrEqual', 'Greater', 'GreaterOrEqual'].flatMap((op): Case[] => [
    { op, inputs: [x(4), float64([0, 1, NaN, Infinity])], outputs: ['bool'] },
    { op, inputs: [integer(1), int64([0, 3, -8], [1, 3])], outputs: ['bool'] },
  ]),
  { op: 'Equal', inputs: [flag(2), flag(2)], outputs: ['bool'] },
  { op: 'Equal', inputs: [word(1), strings(['a', 'ü'], [1, 2])], outputs: ['bool'], opset: 19 },
  ...['And', 'Or', 'Xor'].map((op): Case => ({ op, inputs: [flag(3), flag(1)], outputs: ['bool'] })),
  { op: 'Not', inputs: [flag(3)], outputs: ['bool'] },
  { op: 'IsNaN', inputs: [x(5)], outputs: ['bool'] },
  { op: 'IsInf', inputs: [x(5)], outputs: ['bool'] },
  { op: 'IsInf', inputs: [x(5)], attributes: { detect_negative: 0 }, outputs: ['bool'] },
  { op: 'Where', inputs: [flag(3), x(3), float64([7])], outputs: ['float64'] },
  { op: 'Where', inputs: [flag(1), word(2), strings(['z'], [1])], outputs: ['string'] },

  { op: 'Cast', inputs: [finite(4)], attributes: { to: 1 }, outputs: ['float32'] },
  { op: 'Cast', inputs: [finite(4)], attributes: { to: 7 }, outputs: ['int64'] },
  { op: 'Cast', inputs: [finite(4)], attributes: { to: 6 }, outputs: ['int32'] },
  { op: 'Cast', inputs: [x(4)], attributes: { to: 7 }, outputs: ['int64'] },
  { op: 'Cast', inputs: [x(4)], attributes: { to: 9 }, outputs: ['bool'] },
  { op: 'Cast', inputs: [flag(4)], attributes: { to: 11 }, outputs: ['float64'] },
  { op: 'Cast', inputs: [flag(4)], attributes: { to: 7 }, outputs: ['int64'] },
  { op: 'Cast', inputs: [integer(4)], attributes: { to: 11 }, outputs: ['float64'] },
  { op: 'Cast', inputs: [integer(4)], attributes: { to: 6 }, outputs: ['int32'] },
  { op: 'Cast', inputs: [integer(4)], attributes: { to: 8 }, outputs: ['string'] },
  { op: 'Cast', inputs: [single(4)], attributes: { to: 8 }, outputs: ['string'] },
  { op: 'Cast', inputs: [x(4)], attributes: { to: 8 }, outputs: ['string'] },
  {
    op: 'Cast',
    inputs: [{ dtype: 'string', shape: [2], from: ['1', '-2.5', '1e3', 'nan', '-inf', '.5', '  7'] }],
    attributes: { to: 11 },
    outputs: ['float64'],
  },
  {
    op: 'Cast',
    inputs: [{ dtype: 'string', shape: [2], from: ['1', '-25', '1000'] }],
    attributes: { to: 7 },
    outputs: ['int64'],
  },

  { op: 'Reshape', inputs: [x(6), int64([-1, 2, 3])] },
  { op: 'Reshape', inputs: [x(2, 50), int64([0, -1, 4])] },
  { op: 'Reshape', inputs: [x(6), int64([-1, 2])] },
  { op: 'Flatten', inputs: [x(2, 3)] },
  { op: 'Flatten', inputs: [x(2, 3)], attributes: { axis: 2 } },
  { op: 'Squeeze', inputs: [x(1, 3), int64([1])] },
  { op: 'Squeeze', inputs: [x(1, 3)] },
  { op: 'Unsqueeze', inputs: [x(3), int64([-1, 1])] },
  { op: 'Transpose', inputs: [x(2, 3)], attributes: { perm: [0, 2, 1] } },
  { op: 'Transpose', inputs: [x(12, 9)], attributes: { perm: [0, 2, 1] } },
  { op: 'Slice', inputs: [x(6), int64([1]), int64([5]), int64([1]), int64([2])] },
  { op: 'Slice', inputs: [x(6), int64([-1]), int64([-100]), int64([-1]), int64([-2])] },
  { op: 'Slice', inputs: [x(6), int64([0, 2]), int64([2n ** 63n - 1n, 1000])] },
  { op: 'Split', inputs: [x(6), int64([2, 4])], attributes: { axis: 1 }, outputs: ['float64', 'float64'] },
  { op: 'Expand', inputs: [x(1, 3), int64([1, 4, 1])] },
  { op: 'Expand', inputs: [x(1, 10), int64([1, 12, 1])] },
  { op: 'Tile', inputs: [x(2, 3), int64([1, 2, 3])] },
  { op: 'Tile', inputs: [x(5, 6), int64([1, 3, 2])] },
  { op: 'Pad', inputs: [x(3), int64([0, 1, 0, 2]), float64([9], [])] },
  { op: 'Trilu', inputs: [x(3, 3)], attributes: { upper: 0 } },
  { op: 'Identity', inputs: [word(3)], outputs: ['string'] },
  { op: 'Concat', inputs: [x(2), finite(1), float64([5, 6], [1, 2])].slice(0, 2), attributes: { axis: 1 } },
  { op: 'Concat', inputs: [x(40), finite(60), x(1)], attributes: { axis: -1 } },
  { op: 'Concat', inputs: [word(1), word(2)], attributes: { axis: 1 }, outputs: ['string'] },

  { op: 'Gather', inputs: [x(4), int64([3, 0, -1])], attributes: { axis: 1 } },
  { op: 'Gather', inputs: [x(90), int64(Array.from({ length: 80 }, (_, i) => (i * 7) % 90))], attributes: { axis: 1 } },
  {
    op: 'Gather',
    inputs: [float64([1, 2, 3, 4, 5, 6], [3, 2]), { dtype: 'int64', shape: [2], from: [0, 2, -1, 1] }],
    attributes: { axis: 0 },
    outputs: ['float64'],
  },
  {
    op: 'Gather',
    inputs: [strings(['no', 'yes']), { dtype: 'int64', shape: [], from: [0, 1] }],
    attributes: { axis: 0 },
    outputs: ['string'],
  },
  {
    op: 'GatherElements',
    inputs: [x(4), { dtype: 'int64', shape: [2], from: [0, 3, -1, 1] }],
    attributes: { axis: 1 },
  },
  { op: 'GatherND', inputs: [x(4), { dtype: 'int64', shape: [2, 1], from: [0, 3, 1] }], attributes: { batch_dims: 1 } },
  {
    op: 'GatherND',
    inputs: [float64([1, 2, 3, 4], [2, 2]), { dtype: 'int64', shape: [2], from: [0, 1] }],
    outputs: ['float64'],
  },
  {
    op: 'ScatterElements',
    inputs: [x(4), { dtype: 'int64', shape: [2], from: [0, 3, 1, 2] }, finite(2)],
    attributes: { axis: 1 },
  },
  {
    op: 'ScatterElements',
    inputs: [x(90), { dtype: 'int64', shape: [80], from: [0, 3, -1, 2, 89] }, finite(80)],
    attributes: { axis: 1 },
  },
  { op: 'ArrayFeatureExtractor', domain: mlDomain, inputs: [x(5), int64([4, 0, 0])] },

  ...[
    'ReduceSum',
    'ReduceMean',
    'ReduceMax',
    'ReduceMin',
    'ReduceProd',
    'ReduceSumSquare',
    'ReduceL1',
    'ReduceL2',
    'ReduceLogSum',
    'ReduceLogSumExp',
  ].flatMap((op): Case[] => {
    const axes = op === 'ReduceSum' ? [int64([1])] : [];
    const attribute = op === 'ReduceSum' ? {} : { axes: [1] };
    return [
      { op, inputs: [positive(3), ...axes], attributes: attribute, within: 1e-14 },
      { op, inputs: [positive(3, 2), ...axes], attributes: { ...attribute, keepdims: 0 }, within: 1e-14 },
      { op, inputs: [positive(30, 20), ...axes], attributes: { ...attribute, keepdims: 0 }, within: 1e-13 },
    ];
  }),
  { op: 'ReduceSum', inputs: [integer(3), int64([1])], outputs: ['int64'] },
  { op: 'ReduceMax', inputs: [finite(3, 4)], attributes: { axes: [-1, 1], keepdims: 0 } },
  { op: 'ReduceMean', inputs: [single(40)], attributes: { axes: [1] }, within: 1e-6 },
  { op: 'Softmax', inputs: [finite(4)], attributes: { axis: 1 }, within: 1e-14 },
  { op: 'Softmax', inputs: [finite(3, 30)], attributes: { axis: -1 }, within: 1e-14 },
  { op: 'Softmax', inputs: [finite(3, 4)], attributes: { axis: 1 }, opset: 11, within: 1e-14 },
  { op: 'Softmax', inputs: [single(6)], within: 1e-6 },
  { op: 'LogSoftmax', inputs: [finite(4)], attributes: { axis: 1 }, within: 1e-14 },
  { op: 'Hardmax', inputs: [single(4)], attributes: { axis: 1 } },
  { op: 'ArgMax', inputs: [finite(6)], attributes: { axis: 1, keepdims: 0 }, outputs: ['int64'] },
  { op: 'ArgMax', inputs: [finite(90)], attributes: { axis: 1 }, outputs: ['int64'] },
  { op: 'ArgMin', inputs: [finite(900)], attributes: { axis: 1 }, outputs: ['int64'] },
  { op: 'ArgMin', inputs: [finite(3, 4)], attributes: { axis: 2, select_last_index: 1 }, outputs: ['int64'] },
  { op: 'TopK', inputs: [finite(8), int64([3])], outputs: ['float64', 'int64'] },
  {
    op: 'TopK',
    inputs: [finite(5, 3), int64([2])],
    attributes: { axis: 1, largest: 0 },
    outputs: ['float64', 'int64'],
  },
  { op: 'CumSum', inputs: [finite(5), int64([1], [])] },
  { op: 'CumSum', inputs: [finite(4, 3), int64([1], [])], attributes: { exclusive: 1, reverse: 1 } },
  { op: 'CumSum', inputs: [finite(100), int64([1], [])], within: 1e-13 },

  { op: 'MatMul', inputs: [finite(3), float64([1, 2, 3, 4, 5, 6], [3, 2])], within: 1e-14 },
  {
    op: 'MatMul',
    inputs: [
      finite(30),
      float64(
        Array.from({ length: 600 }, (_, i) => i / 7),
        [30, 20],
      ),
    ],
    within: 1e-12,
  },
  { op: 'MatMul', inputs: [finite(2, 3), finite(3, 4)], within: 1e-14 },
  { op: 'MatMul', inputs: [finite(2, 3), float64([1, 2, 3])], within: 1e-14 },
  {
    op: 'MatMul',
    inputs: [
      single(30),
      float32(
        Array.from({ length: 300 }, (_, i) => i / 7),
        [30, 10],
      ),
    ],
    within: 2e-5,
  },
  {
    op: 'Gemm',
    inputs: [finite(3), float64([1, 2, 3, 4, 5, 6], [2, 3]), float64([7, 8])],
    attributes: { transB: 1, alpha: { float: 0.5 }, beta: { float: 2 } },
    within: 1e-14,
  },
  {
    op: 'MatMul',
    inputs: [
      finite(5, 30),
      float64(
        Array.from({ length: 660 }, (_, i) => i / 7),
        [30, 22],
      ),
    ],
    within: 1e-12,
  },
  {
    op: 'MatMul',
    inputs: [
      finite(200),
      float64(
        Array.from({ length: 600 }, (_, i) => i / 7),
        [200, 3],
      ),
    ],
    within: 1e-12,
  },
  {
    op: 'Gemm',
    inputs: [
      finite(30),
      float64(
        Array.from({ length: 630 }, (_, i) => i / 7),
        [21, 30],
      ),
      float64([2], [1]),
    ],
    attributes: { transB: 1 },
    within: 1e-12,
  },
  {
    op: 'Einsum',
    inputs: [finite(3), float64([1, 2, 3, 4, 5, 6], [2, 3])],
    attributes: { equation: 'nf,kf->nk' },
    within: 1e-14,
  },
  { op: 'Einsum', inputs: [finite(3, 4), finite(4)], attributes: { equation: 'nkf,nf->nk' }, within: 1e-14 },

  {
    op: 'LabelEncoder',
    domain: mlDomain,
    inputs: [word(2)],
    attributes: { keys_strings: ['a', 'ü', 'a'], values_int64s: [5, 6, 7], default_int64: -9 },
    outputs: ['int64'],
  },
  {
    op: 'LabelEncoder',
    domain: mlDomain,
    inputs: [word(1)],
    attributes: { keys_strings: ['a', ''], values_floats: { floats: [0.5, 1.5] } },
    outputs: ['float32'],
  },
  {
    op: 'LabelEncoder',
    domain: mlDomain,
    inputs: [word(1)],
    attributes: { keys_strings: ['a'], values_strings: ['A'] },
    outputs: ['string'],
  },
  {
    op: 'LabelEncoder',
    domain: mlDomain,
    inputs: [integer(2)],
    attributes: { keys_int64s: [3, 0], values_strings: ['three', 'zero'], default_string: '?' },
    outputs: ['string'],
  },
  {
    op: 'LabelEncoder',
    domain: mlDomain,
    inputs: [{ dtype: 'float32', shape: [2], from: [NaN, 1, 0, -0, 2] }],
    attributes: { keys_floats: { floats: [NaN, 0] }, values_int64s: [1, 2] },
    outputs: ['int64'],
  },
  {
    op: 'LabelEncoder',
    domain: mlDomain,
    ml: 4,
    inputs: [{ dtype: 'float64', shape: [2], from: [NaN, 1, 0, 2] }],
    attributes: {
      keys_tensor: float64([NaN, 0.5, 1]),
      values_tensor: float64([10, 20, 30]),
      default_tensor: float64([-1]),
    },
  },
  ...[single(3), finite(3)].flatMap((columns): Case[] => [
    {
      op: 'Scaler',
      domain: mlDomain,
      inputs: [columns],
      attributes: { offset: { floats: [0.1, -2, 3] }, scale: { floats: [0.3, 7, -0.01] } },
      outputs: ['float32'],
    },
    {
      op: 'Scaler',
      domain: mlDomain,
      inputs: [columns],
      attributes: { offset: { floats: [0.1] }, scale: { floats: [3] } },
      outputs: ['float32'],
    },
  ]),
  ...[NaN, 2].map((missing): Case => ({
    op: 'Imputer',
    domain: mlDomain,
    inputs: [{ dtype: 'float32', shape: [3], from: [NaN, 2, 1, 0] }],
    attributes: { imputed_value_floats: { floats: [0.5, 8, -1] }, replaced_value_float: { float: missing } },
  })),
  {
    op: 'OneHotEncoder',
    domain: mlDomain,
    inputs: [word(2)],
    attributes: { cats_strings: ['ü', '', 'a'], zeros: 1 },
    outputs: ['float32'],
  },
  {
    op: 'OneHotEncoder',
    domain: mlDomain,
    inputs: [integer(1)],
    attributes: { cats_int64s: [7, -3, 0], zeros: 1 },
    outputs: ['float32'],
  },
  ...['NONE', 'LOGISTIC'].flatMap((transform): Case[] => [
    {
      op: 'LinearClassifier',
      domain: mlDomain,
      inputs: [single(2)],
      attributes: {
        classlabels_strings: ['no', 'yes', 'ü'],
        coefficients: { floats: [1, -2, 0.5, 0.25, -1, 3] },
        intercepts: { floats: [0.1, 0, -0.1] },
        post_transform: transform,
      },
      outputs: ['string', 'float32'],
      within: 1e-6,
    },
    {
      op: 'LinearClassifier',
      domain: mlDomain,
      inputs: [single(2)],
      attributes: {
        classlabels_ints: [4, -7],
        coefficients: { floats: [1, -2, 0.5, 0.25] },
        intercepts: { floats: [0.1, 0] },
        post_transform: transform,
      },
      outputs: ['int64', 'float32'],
      within: 1e-6,
    },
  ]),
];

describe('each operator answers as ONNX Runtime does', () => {
  test.for(cases.map((item, i): [string, Case] => [`${i} ${item.op}`, item]))('%s', async ([, item]) => {
    const { model, inputs } = build(item);
    const expected = await runOrt(model, inputs);
    const compiled = compile(model);
    const batch = compiled.run(inputs);
    for (const [name, tensor] of Object.entries(expected)) expectSame(batch[name] as Tensor, tensor, item.within ?? 0);
    for (let row = 0; row < rows; row++) {
      for (const { name, dtype, slot, size } of compiled.inputs) {
        const elements = Array.from((inputs[name] as Tensor).data as ArrayLike<number | bigint | string>).slice(
          row * size,
          (row + 1) * size,
        );
        elements.forEach((element, k) => {
          if (dtype === 'string') compiled.strings[slot + k] = element as string;
          else compiled.numbers[slot + k] = Number(element);
        });
      }
      compiled.runRow();
      for (const { name, dtype, size } of compiled.outputs) {
        const all = batch[name] as Tensor;
        const part = Array.from(all.data as ArrayLike<number | bigint | string>).slice(row * size, (row + 1) * size);
        const own = Array.from(compiled.rowOutputs[name] as ArrayLike<number | string>);
        expect(own).toEqual(dtype === 'string' ? part : part.map(Number));
      }
    }
  });
});

function build({ op, inputs, attributes = {}, outputs = [undefined], domain = '', opset = 17, ml = 3 }: Case): {
  model: OnnxModel;
  inputs: Record<string, Tensor>;
} {
  const graph = new GraphBuilder({ opset, ml });
  const feeds: Record<string, Tensor> = {};
  const values = inputs.map((given, i) => {
    if ('data' in given) return graph.constant(given);
    const name = `x${i}`;
    feeds[name] = sample(given, i);
    return graph.input(name, given.dtype, ['N', ...given.shape]);
  });
  const results = graph.nodes(op, values, attributes, { domain, outputs: outputs.length });
  results.forEach((value, i) => graph.output(`y${i}`, value, outputs[i] ?? dtypeOf(inputs), []));
  return { model: graph.build(), inputs: feeds };
}

/** The dtype of most results: that of the first input with rows. */
function dtypeOf(inputs: readonly Input[]): DType {
  return inputs.find((given) => !('data' in given))?.dtype ?? 'float64';
}

/** Rows of the listed elements, each input from another place on. */
function sample({ dtype, shape, from }: Exclude<Input, Tensor>, shift: number): Tensor {
  const full = [rows, ...shape];
  const size = sizeOf(full);
  const elements = Array.from({ length: size }, (_, i) => from[(i * (shift + 1) + shift * 3) % from.length] as number);
  if (dtype === 'string') return strings(elements as unknown as string[], full);
  if (dtype === 'float32') return float32(elements, full);
  if (dtype === 'int64') return int64(elements, full);
  if (dtype === 'bool') return { dtype, shape: full, data: Uint8Array.from(elements) };
  if (dtype === 'int32') return { dtype, shape: full, data: Int32Array.from(elements) };
  return float64(elements, full);
}

function expectSame(actual: Tensor, expected: Tensor, within: number): void {
  expect(actual.dtype).toBe(expected.dtype);
  expect(actual.shape).toEqual(expected.shape);
  const [a, b] = [actual, expected].map(({ data }) => Array.from(data as ArrayLike<number | bigint | string>));
  if (within === 0 || expected.dtype === 'string') {
    expect(a?.map(withoutSign)).toEqual(b?.map(withoutSign));
    return;
  }
  a?.forEach((element, i) => {
    const [p, q] = [Number(element), Number(b?.[i])];
    if (Object.is(p, q) || p === q) return;
    expect(Math.abs(p - q) / Math.max(1, Math.abs(q)), `element ${i}: ${p} and not ${q}`).toBeLessThanOrEqual(within);
  });
}

/** 0 and −0 are the same number. */
function withoutSign(element: number | bigint | string): number | bigint | string {
  return element === 0 ? 0 : element;
}
