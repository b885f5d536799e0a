import { fail } from '../../errors/index.ts';
import { sniff } from '../../formats/sniff.ts';
import { checkModel, readAbout, readOnnx, type OnnxModel } from '../../onnx/index.ts';
import type { Imported, Importer, ImportOptions, Report, Source } from '../importer.ts';
import { rowsInFront } from './batch.ts';
import { withoutBfloat16 } from './bfloat16.ts';
import { classNamesOf } from './class-names.ts';
import { withFoundImage, withImage } from './image.ts';
import { columnInputs } from './inputs.ts';
import { withoutOptionals } from './optionals.ts';
import { answersOf } from './outputs.ts';
import { refuseUnservable, warningsOf } from './refusals.ts';
import { withTensorOutputs } from './sequences.ts';
import { companionsOf, takesTokens, textModel } from './text/index.ts';

/** Any ONNX model, from whatever converter. Columns are recognised where the inputs are columns. */
export const onnx: Importer = {
  id: 'onnx',
  title: 'ONNX model',
  detect: (source) => mainFile(source) !== undefined,

  convert(source, options) {
    const main = mainFile(source) as Main;
    const { name, bytes, beside } = main;
    const model = readOnnx(bytes, { external: (file) => (beside(file) ?? source.files?.get(file))?.() });
    checkModel(model);
    const companions = takesTokens(model) ? companionsOf(source, name) : undefined;
    const { steps, warnings, ...converted } = companions
      ? textModel(model, companions)
      : columnModel(model, main, options);
    const library = { name: model.producer || 'onnx', version: undefined };
    return {
      model: undefined,
      ...converted,
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
          ...steps,
        ],
        warnings,
        requirements: ['onnxruntime'],
        drift: [],
        lineage: { source: name, ...lineageOf(model, bytes) },
      },
    };
  },
};

type Converted = Pick<Imported, 'graph' | 'signature' | 'pre'> & Pick<Report, 'steps' | 'warnings'>;

/** A graph whose inputs are filled by rows directly, or by pictures. */
function columnModel(model: OnnxModel, { beside }: Main, { image }: ImportOptions): Converted {
  refuseUnservable(model);
  const { model: plain, structures, isDynamic } = withTensorOutputs(withoutBfloat16(withoutOptionals(model)));
  const { model: rows, oneByOne } = rowsInFront(plain, isDynamic);
  const inputs = columnInputs(rows, oneByOne);
  const names = classNamesOf(model, jsonOf(beside('config.json')));
  const { graph, ...answers } = answersOf(inputs.model, { structures, names });
  const warnings = warningsOf(model);
  if (takesTokens(model))
    warnings.push(
      'The graph takes token ids: put tokenizer.json and config.json beside it and import the folder, and rows are texts.',
    );
  const config = image === undefined ? jsonOf(beside('preprocessor_config.json')) : undefined;
  const given = inputs.tensors ?? [];
  const pictures = image === undefined ? withFoundImage(given, config, warnings) : withImage(given, image);
  const tensors = pictures?.tensors ?? inputs.tensors;
  const { form, columns } = inputs;
  return {
    graph,
    signature: { form, columns, ...(tensors ? { tensors } : {}), ...(oneByOne ? { oneByOne } : {}), ...answers },
    ...(pictures ? { pre: pictures.pre } : {}),
    steps: [],
    warnings,
  };
}

interface Main {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** A file of the same folder. */
  readonly beside: (file: string) => (() => Uint8Array) | undefined;
}

/** The file itself, or the one .onnx file of a folder (its weights may lie beside it). */
function mainFile(source: Source): Main | undefined {
  const { bytes, files } = source;
  if (bytes)
    return sniff(bytes) === 'onnx' ? { name: source.name, bytes, beside: (file) => files?.get(file) } : undefined;
  const all = [...(files ?? [])].filter(([name]) => name.toLowerCase().endsWith('.onnx'));
  // Exporters of language models put optimised and quantised variants beside the model.
  const plain = all.filter(([name]) => name === 'model.onnx' || name === 'onnx/model.onnx');
  const graphs = plain.length === 1 && files?.has('tokenizer.json') ? plain : all;
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
  if (!only) return undefined;
  const [name, read] = only;
  const folder = name.slice(0, name.lastIndexOf('/') + 1);
  return { name, bytes: read(), beside: (file) => files?.get(folder + file) };
}

/** A small JSON file; undefined where there is none or it is something else. */
function jsonOf(read: (() => Uint8Array) | undefined): unknown {
  const bytes = read?.();
  if (!bytes || bytes.length > 10_000_000) return undefined;
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) as unknown;
  } catch {
    return undefined;
  }
}

/** What the file says about itself: description, versions, and its own properties. */
function lineageOf({ metadata, graph }: OnnxModel, bytes: Uint8Array): Record<string, unknown> {
  const properties = [...metadata].slice(0, 200).map(([key, value]) => [key, value.slice(0, 10_000)] as const);
  return {
    ...readAbout(bytes),
    ...(graph.name ? { graph: graph.name.slice(0, 200) } : {}),
    ...(properties.length ? { metadata: Object.fromEntries(properties) } : {}),
  };
}

function describe({ graph, opsets }: OnnxModel): string {
  const versions = opsets.map(({ domain, version }) => `${domain || 'ai.onnx'} ${version}`).join(', ');
  return `${graph.nodes.length} nodes, ${versions}`;
}

function exactness({ graph }: OnnxModel): 'float32' | '1e-12' {
  return graph.inputs.some(({ dtype }) => dtype === 'float64') ? '1e-12' : 'float32';
}
