import { checkModel, type OnnxModel } from '../onnx/index.ts';
import type { Tensor } from '../tensor/index.ts';
import { assemble, dataOf, type Compiled } from './assemble.ts';
import { byRow } from './by-row.ts';
import { generate, generateFixed } from './generate.ts';
import type { Column, Factory, Generated } from './generated.ts';

/**
 * Compiles a graph to JavaScript. A graph with an operator or a use of one that is not covered, and a graph that mixes
 * the rows of a batch, is refused with UNSUPPORTED_OPERATOR: ONNX Runtime takes it.
 */
export function compile(model: OnnxModel): Compiled {
  const generated = generateCode(model);
  return assemble(factoryOf(generated), generated);
}

/** The code and data of a graph, for `compile` or for a module that is written to disk. */
export function generateCode(model: OnnxModel): Generated {
  checkModel(model);
  return generate(byRow(model), evaluate);
}

/** Runs what a graph computes without inputs, by the same code. */
function evaluate(model: OnnxModel): ReadonlyMap<string, Tensor> {
  const generated = generateFixed(model);
  const { runRow, rowOutputs, outputs } = assemble(factoryOf(generated), generated);
  runRow();
  return new Map(
    outputs.map(({ name, dtype, shape }) => [name, { dtype, shape, data: dataOf(dtype, rowOutputs[name] as Column) }]),
  );
}

function factoryOf({ source }: Generated): Factory {
  // oxlint-disable-next-line typescript/no-implied-eval -- the source is ours: nothing but numbers of the model is in it
  return new Function('C', 'errors', source) as Factory;
}
