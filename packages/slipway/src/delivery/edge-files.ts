import { generateCode, toModule } from '@slipway/core/compiled';
import { fail, SlipwayError } from '@slipway/core/errors';
import { readOnnx, type OnnxModel } from '@slipway/core/onnx';
import { preOf, toJson, type Package } from '@slipway/core/package';
import { answerOutputs } from '@slipway/core/signature';
import type { PlannedFile } from './plan.ts';
import { labelOf, type DeliveredModel } from './target.ts';
import { testVectors } from './test-vectors.ts';

export type EdgeFiles = {
  readonly 'model.mjs': string;
  readonly 'model.bin': Uint8Array;
  readonly 'model.json': string;
  readonly 'slipway-edge.mjs': PlannedFile;
};

/**
 * A model as JavaScript for hosts without native code and without `new Function`: `model.mjs` (code), `model.bin` (its data),
 * `model.json` (signature, steps before the graph, rows with the answers to replay) and `slipway-edge.mjs` (what runs them).
 *
 * UNDELIVERABLE for what needs ONNX Runtime: networks, pictures, tokenizers.
 */
export function edgeFiles(model: DeliveredModel, target: string, most: number): EdgeFiles {
  const { pkg } = model;
  const { mjs, bin } = compiledModule(pkg, target);
  const described = {
    model: labelOf(model),
    digest: pkg.digest,
    signature: pkg.manifest.signature,
    pre: preOf(pkg) ?? null,
    vectors: testVectors(pkg, most).map(({ row, answer, tolerance }) => ({ row, answer, tolerance })),
  };
  return {
    'model.mjs': mjs,
    'model.bin': bin,
    'model.json': `${toJson(described)}\n`,
    'slipway-edge.mjs': { asset: 'edge', path: 'index.mjs' },
  };
}

function compiledModule(pkg: Package, target: string) {
  const advice = 'Take it as an image with `--target oci-image`, or as plain ONNX with `--target onnx`.';
  const steps = (preOf(pkg) ?? []) as readonly { readonly op?: unknown }[];
  const large = steps.find(({ op }) => op === 'tokens' || op === 'image');
  if (large) {
    const what = large.op === 'image' ? 'pictures' : 'text through a tokenizer';
    throw fail('UNDELIVERABLE', { target, why: `it takes ${what}, which needs ONNX Runtime behind it.`, advice });
  }
  try {
    return toModule(generateCode(answering(pkg)));
  } catch (error) {
    if (!(error instanceof SlipwayError) || error.code !== 'UNSUPPORTED_OPERATOR') throw error;
    throw fail('UNDELIVERABLE', { target, why: `it needs ONNX Runtime. ${error.message}`, advice }, { cause: error });
  }
}

/** The graph with the outputs that answers are made of. */
function answering({ graph: bytes, manifest }: Package): OnnxModel {
  const model = readOnnx(bytes);
  const wanted = new Set(answerOutputs(manifest.signature));
  const outputs = model.graph.outputs.filter(({ name }) => wanted.has(name));
  return { ...model, graph: { ...model.graph, outputs } };
}
