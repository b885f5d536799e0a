import { layout } from '@slipway/core/package';
import { deliveryTarget, labelOf } from '../target.ts';
import { readme } from './readme.ts';
import { graphSignature } from './signature.ts';
import { graphVectors } from './vectors.ts';

/** Plain ONNX for hosts that bring ONNX Runtime themselves: mobile, C#, Java, C++, other servers. */
export const onnx = deliveryTarget({
  id: 'onnx',
  title: 'Plain ONNX',
  summary: 'the graph alone, with its signature and test vectors, for phones, C#, Java and other hosts',
  options: {
    vectors: { type: 'number', value: 'N', help: 'Most test vectors to write.', default: 100 },
  },

  plan(model, { vectors }) {
    const { pkg } = model;
    const hasSteps = pkg.files.has(layout.pre);
    return {
      files: {
        'model.onnx': { package: layout.graph },
        'signature.json': graphSignature(model),
        'test-vectors.json': graphVectors(pkg, vectors),
        'README.md': readme(model),
        ...(hasSteps ? { 'pre.json': { package: layout.pre } } : {}),
      },
      steps: [],
      notes: hasSteps
        ? [
            `${labelOf(model)} needs steps before its graph, which the host has to carry out: pre.json has them, and each test vector shows what they give.`,
          ]
        : [],
    };
  },
});
