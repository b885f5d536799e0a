import { fail } from '../../../errors/index.ts';
import { codeOf, opsetOf, tensorInfo, type OnnxModel, type ValueInfo } from '../../../onnx/index.ts';
import { Appender } from './append.ts';
import { sizeIn, wordIn, type Companions, type Json } from './companions.ts';
import type { Head } from './head.ts';

const modes = [
  ['pooling_mode_cls_token', 'cls'],
  ['pooling_mode_max_tokens', 'max'],
  ['pooling_mode_mean_tokens', 'mean'],
  ['pooling_mode_mean_sqrt_len_tokens', 'mean_sqrt_len_tokens'],
] as const;

/** The module types of a sentence embedder: `sentence_transformers.models.Pooling` is `Pooling`. */
function kindsOf(modules: readonly Json[]): string[] {
  return modules.map(({ type }) => String(type).split('.').at(-1) as string);
}

/** Whether the files beside the graph make it a sentence embedder. */
export function isSentenceModel({ modules, pooling }: Companions): boolean {
  return pooling !== undefined && modules !== undefined && kindsOf(modules).includes('Pooling');
}

/**
 * One vector for each text behind the vectors of its tokens `[N,L,H]`, as sentence-transformers pools them: the first token, the
 * largest, the mean over the tokens that are no padding; divided by its length where modules.json says Normalize.
 */
export function poolingHead(
  model: OnnxModel,
  tokens: ValueInfo,
  { config, modules = [], pooling = {} }: Companions,
): Head {
  const kinds = kindsOf(modules);
  const other = kinds.find((kind) => !['Transformer', 'Pooling', 'Normalize'].includes(kind));
  if (other !== undefined) throw refused(`the module ${other.slice(0, 40)} after the transformer`);
  const declared = wordIn(pooling['pooling_mode']) ?? '';
  const wanted = modes.filter(([flag, name]) => pooling[flag] === true || declared.split('+').includes(name));
  const unknown = Object.entries(pooling).find(
    ([key, value]) => key.startsWith('pooling_mode_') && value === true && !modes.some(([flag]) => flag === key),
  );
  if (unknown || !wanted.length) throw refused(`the pooling ${unknown?.[0].slice(0, 60) ?? declared.slice(0, 60)}`);
  if (!model.graph.inputs.some(({ name }) => name === 'attention_mask'))
    throw refused('pooling without attention_mask');

  const graph = new Appender(model);
  const opset = opsetOf(model);
  const toFloat = { to: codeOf('float32') };
  const vectors = tokens.dtype === 'float32' ? tokens.name : graph.node('Cast', [tokens.name], toFloat);
  // [N, L] → [N, L, 1]
  const mask = graph.node('Reshape', [graph.node('Cast', ['attention_mask'], toFloat), graph.integers([0, 0, 1])]);
  const parts = wanted.map(([, name]) => {
    if (name === 'cls')
      return graph.node('Gather', [vectors, graph.node('Squeeze', [graph.integers([0])])], { axis: 1 });
    if (name === 'max') {
      const hidden = graph.node('Equal', [mask, graph.numbers([0])]);
      const masked = graph.node('Where', [hidden, graph.numbers([-1e9]), vectors]);
      return opset >= 18
        ? graph.node('ReduceMax', [masked, graph.integers([1])], { keepdims: 0 })
        : graph.node('ReduceMax', [masked], { axes: [1], keepdims: 0 });
    }
    const sum = graph.sum(graph.node('Mul', [vectors, mask]), 1, false, opset);
    const count = graph.node('Max', [graph.sum(mask, 1, false, opset), graph.numbers([1e-9])]);
    return graph.node('Div', [sum, name === 'mean' ? count : graph.node('Sqrt', [count])]);
  });
  let vector = parts.length === 1 ? (parts[0] as string) : graph.node('Concat', parts, { axis: 1 });
  if (kinds.includes('Normalize')) {
    const squares = graph.sum(graph.node('Mul', [vector, vector]), 1, true, opset);
    vector = graph.node('Div', [vector, graph.node('Max', [graph.node('Sqrt', [squares]), graph.numbers([1e-12])])]);
  }
  const output = graph.node('Identity', [vector], {}, graph.name('embedding'));
  const width = tokens.shape[2];
  const size =
    typeof width === 'number' ? width : sizeIn(config?.['hidden_size'] ?? pooling['word_embedding_dimension']);
  return {
    graph: graph.build([tensorInfo(output, 'float32', ['N', size === undefined ? 'H' : size * parts.length])]),
    task: 'transform',
    outputs: { output, methods: { transform: output } },
    became: `pooled (${wanted.map(([, name]) => name).join(', ')})${kinds.includes('Normalize') ? ', normalized' : ''}`,
  };
}

function refused(what: string) {
  return fail('UNSUPPORTED_MODEL', {
    path: 'modules.json',
    what,
    why: '',
    advice: 'Export the whole sentence embedder as a graph with an output sentence_embedding.',
  });
}
