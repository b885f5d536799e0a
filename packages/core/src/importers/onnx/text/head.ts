import { inferShapes, type Dim, type OnnxModel, type ValueInfo } from '../../../onnx/index.ts';
import type { Outputs, Scalar, Task } from '../../../signature/index.ts';
import { classesHead } from './classes.ts';
import type { Companions } from './companions.ts';
import { isSentenceModel, poolingHead } from './pooling.ts';
import { refuseOtherHeads } from './refusals.ts';

/** What a text model answers, and the graph with what that needs behind it. */
export interface Head {
  readonly graph: OnnxModel;
  readonly task: Task;
  readonly outputs: Outputs;
  readonly classes?: readonly Scalar[];
  readonly targets?: readonly string[];
  /** In words, for the report. */
  readonly became: string;
}

/** A graph may claim any width; no classifier has more labels. */
const mostLabels = 100_000;

/** `logits` with config.json is a classifier, a folder of sentence-transformers an embedder, any other graph answers its outputs. */
export function headOf(model: OnnxModel, companions: Companions): Head {
  const { outputs } = model.graph;
  const shapes = declaredOrInferred(model);
  refuseOtherHeads(outputs, shapes, companions.config);
  const named = (...names: string[]) => outputs.find(({ name }) => names.includes(name));
  const sentence = named('sentence_embedding');
  if (sentence) {
    return {
      graph: { ...model, graph: { ...model.graph, outputs: [sentence] } },
      task: 'transform',
      outputs: { output: sentence.name, methods: { transform: sentence.name } },
      became: 'the output sentence_embedding',
    };
  }
  const tokens = named('last_hidden_state', 'token_embeddings');
  if (tokens && isSentenceModel(companions)) return poolingHead(model, tokens, companions);
  const logits = named('logits');
  const width = logits && shapes(logits)?.[1];
  const count = typeof width === 'number' ? width : classCount(companions);
  if (logits && companions.config && shapes(logits)?.length === 2 && count !== undefined && count <= mostLabels) {
    return classesHead(model, logits, count, companions.config);
  }
  const all = outputs.map(({ name }) => name);
  const methods = Object.fromEntries(all.map((name) => [name, name]));
  return { graph: model, task: 'graph', outputs: { all, methods }, became: 'the outputs as they are' };
}

function classCount({ config }: Companions): number | undefined {
  const labels = config?.['id2label'];
  return typeof labels === 'object' && labels !== null ? Object.keys(labels).length || undefined : undefined;
}

/** The shape that the file states, else what follows from the nodes. */
function declaredOrInferred(model: OnnxModel): (info: ValueInfo) => readonly Dim[] | undefined {
  let inferred: ReturnType<typeof inferShapes> | undefined;
  return (info) => {
    if (info.shape.length) return info.shape;
    inferred ??= inferShapes(model);
    return inferred.get(info.name)?.shape ?? undefined;
  };
}
