import { GraphBuilder, type OnnxModel } from '../packages/core/src/onnx/index.ts';
import { MISSING, type Signature } from '../packages/core/src/signature/index.ts';
import { float64, int64 } from '../packages/core/src/tensor/index.ts';
import { Limiter, openModel, type ServedModel, type ServedModelOptions } from '../packages/slipway/src/engine/index.ts';
import { compiled } from '../packages/slipway/src/runtimes/compiled/index.ts';

/** A classifier of customers, small enough to compute by hand: {@link sampleProbability}. */
export const sampleSignature: Signature = {
  form: 'table',
  task: 'classification',
  classes: ['No', 'Yes'],
  outputs: { label: 'label', labelIs: 'position', probabilities: 'probabilities' },
  columns: [
    { name: 'age', type: 'number', nullable: true, required: true, seen: { min: 18, max: 90, typical: 41 } },
    { name: 'plan', type: 'string', nullable: true, required: true, categories: ['basic', 'gold'], closed: false },
    { name: 'region', type: 'string', nullable: false, required: true, categories: ['north', 'south'], closed: true },
    { name: 'senior', type: 'boolean', nullable: false, required: true },
    { name: 'id', type: 'string', nullable: true, required: false },
  ],
};

export const sampleRow = { age: 41, plan: 'gold', region: 'north', senior: true };

/** The probability of `Yes`, as the graph computes it. */
export function sampleProbability({
  age,
  plan,
  region,
  senior,
}: {
  age: number | null;
  plan: string | null;
  region: string;
  senior: boolean;
}): number {
  const score =
    -3.5 +
    0.05 * (age ?? 40) +
    (plan === 'gold' ? 1.5 : plan === null ? 0.25 : 0) +
    (region === 'south' ? 1 : 0) +
    (senior ? 0.5 : 0);
  return 1 / (1 + Math.exp(-score));
}

function sampleGraph(): OnnxModel {
  const graph = new GraphBuilder();
  const one = (value: number) => graph.constant(float64([value], [1, 1]));
  const encode = (input: string, keys: string[], values: number[]) =>
    graph.node(
      'Cast',
      [
        graph.node(
          'LabelEncoder',
          [input],
          { keys_strings: keys, values_int64s: values, default_int64: 0 },
          { domain: 'ai.onnx.ml' },
        ),
      ],
      { to: { dtype: 'float64' } },
    );
  const age = graph.input('age', 'float64', ['N', 1]);
  const plan = graph.input('plan', 'string', ['N', 1]);
  const region = graph.input('region', 'string', ['N', 1]);
  const senior = graph.input('senior', 'float64', ['N', 1]);
  const known = graph.node('Where', [graph.node('IsNaN', [age]), one(40), age]);
  const terms = [
    graph.node('Mul', [known, one(0.05)]),
    graph.node('Mul', [encode(plan, ['gold', MISSING], [6, 1]), one(0.25)]),
    encode(region, ['south'], [1]),
    graph.node('Mul', [senior, one(0.5)]),
  ];
  const score = terms.reduce((sum, term) => graph.node('Add', [sum, term]), one(-3.5));
  const yes = graph.node('Div', [one(1), graph.node('Add', [one(1), graph.node('Exp', [graph.node('Neg', [score])])])]);
  graph.output('probabilities', graph.node('Concat', [graph.node('Sub', [one(1), yes]), yes], { axis: 1 }), 'float64', [
    'N',
    2,
  ]);
  const isYes = graph.node('Cast', [graph.node('Greater', [yes, one(0.5)])], { to: { dtype: 'int64' } });
  graph.output('label', graph.node('Squeeze', [isYes, graph.constant(int64([1]))]), 'int64', ['N']);
  return graph.build();
}

/** The model in the executor that servers use, ready for traffic. */
export async function sampleModel(options: Partial<ServedModelOptions> = {}): Promise<ServedModel> {
  const model = await compiled.load(sampleGraph(), { outputs: ['label', 'probabilities'] });
  return openModel({
    name: 'churn',
    version: 3,
    digest: `sha256:${'ab12'.repeat(16)}`,
    signature: sampleSignature,
    batch: model,
    row: model,
    limiter: new Limiter({ running: 4, waiting: 16 }),
    about: 'a sample',
    ...options,
  });
}
