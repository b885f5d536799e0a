import { fail } from '../../errors/index.ts';
import { sniff } from '../../formats/sniff.ts';
import { checkModel, readOnnx, type OnnxModel } from '../../onnx/index.ts';
import type { Importer, Source } from '../importer.ts';
import { columnInputs } from './inputs.ts';
import { answersOf } from './outputs.ts';

/** Any ONNX model, from whatever converter. Columns are recognised where the inputs are columns. */
export const onnx: Importer = {
  id: 'onnx',
  title: 'ONNX model',
  detect: (source) => mainFile(source) !== undefined,

  convert(source) {
    const { name, bytes } = mainFile(source) as Source;
    const model = readOnnx(bytes as Uint8Array, { external: (file) => source.files?.get(file)?.() });
    checkModel(model);
    const inputs = columnInputs(model);
    const { graph, ...answers } = answersOf(inputs.model);
    const library = { name: model.producer || 'onnx', version: undefined };
    return {
      model: undefined,
      graph,
      signature: {
        form: inputs.form,
        columns: inputs.columns,
        ...(inputs.tensors ? { tensors: inputs.tensors } : {}),
        ...answers,
      },
      report: {
        what: `ONNX model${model.producer ? ` (made by ${model.producer})` : ''}`,
        container: 'ONNX',
        library,
        steps: [
          {
            path: 'model',
            type: 'onnx',
            state: describe(model),
            became: 'the graph itself',
            exactness: exactness(model),
          },
        ],
        warnings: [],
        requirements: ['onnxruntime'],
        drift: [],
        lineage: { source: name },
      },
    };
  },
};

/** The file itself, or the one .onnx file of a folder (its weights may lie beside it). */
function mainFile(source: Source): Source | undefined {
  if (source.bytes) return sniff(source.bytes) === 'onnx' ? source : undefined;
  const graphs = [...(source.files ?? [])].filter(([name]) => name.toLowerCase().endsWith('.onnx'));
  if (graphs.length > 1) {
    throw fail(
      'UNKNOWN_FORMAT',
      {
        problem: `the folder holds several ONNX files: ${graphs
          .map(([name]) => name)
          .slice(0, 5)
          .join(', ')}.`,
      },
      { hint: 'Import one of them by its path.' },
    );
  }
  const [only] = graphs;
  return only ? { name: only[0], bytes: only[1]() } : undefined;
}

function describe({ graph, opsets }: OnnxModel): string {
  const versions = opsets.map(({ domain, version }) => `${domain || 'ai.onnx'} ${version}`).join(', ');
  return `${graph.nodes.length} nodes, ${versions}`;
}

function exactness({ graph }: OnnxModel): 'float32' | '1e-12' {
  return graph.inputs.some(({ dtype }) => dtype === 'float64') ? '1e-12' : 'float32';
}
