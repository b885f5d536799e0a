import { readOnnx } from '@slipway/core/onnx';
import { goldensOf, preOf, toJson, type Package } from '@slipway/core/package';
import { compilePre, readPre } from '@slipway/core/pre';
import { pictures } from '@slipway/core/pre/image';
import { tokens } from '@slipway/core/pre/tokens';
import { compileRows } from '@slipway/core/signature';
import type { Tensor } from '@slipway/core/tensor';
import { spread, testVectors } from '../test-vectors.ts';

/**
 * `test-vectors.json`: for each golden the tensors that go into the graph, those that must come out, the row that they stand
 * for and its answer. Non-finite numbers are the strings "NaN", "Infinity", "-Infinity"; 64-bit integers decimal strings.
 */
export function graphVectors(pkg: Package, most: number): string {
  const { signature } = pkg.manifest;
  const inputs = new Set(readOnnx(pkg.graph).graph.inputs.map(({ name }) => name));
  const steps = preOf(pkg);
  const rows = compileRows(signature, steps ? undefined : [...inputs]);
  const prepare = steps && compilePre(readPre(steps), inputs, { pictures, tokens });
  const answers = testVectors(pkg, most);
  const vectors = spread(goldensOf(pkg), most).map(({ row, outputs, kind, tolerance }, i) => {
    const { tensors } = rows.decode(row, { extra: 'ignore' });
    const given = Object.entries(prepare?.(tensors) ?? tensors).filter(([name]) => inputs.has(name));
    return {
      kind,
      tolerance,
      inputs: Object.fromEntries(given.map(([name, tensor]) => [name, plain(tensor)])),
      outputs: Object.fromEntries(Object.entries(outputs).map(([name, tensor]) => [name, plain(tensor)])),
      row,
      answer: answers[i]?.answer,
    };
  });
  return `[\n${vectors.map((vector) => toJson(vector)).join(',\n')}\n]\n`;
}

function plain({ dtype, shape, data }: Tensor) {
  return { dtype, shape, data: Array.from<unknown>(data) };
}
