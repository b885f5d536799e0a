import { fail } from '../errors/index.ts';
import { concreteShapes } from './infer-shapes.ts';
import type { Graph, Node, OnnxModel } from './model.ts';
import { operators } from './operators.ts';
import { readTreeEnsemble } from './tree-ensemble.ts';

/** Subgraphs inside subgraphs. */
const maxDepth = 16;

/**
 * Refuses a graph that is not sound, before anything executes it: unknown operators, values that are used before they
 * are defined or defined twice, trees that are not trees, shapes that do not fit or are absurdly large for one row.
 */
export function checkModel(model: OnnxModel): void {
  const imported = new Set(model.opsets.map(({ domain }) => domain));
  checkGraph(model.graph, new Set(), imported, 0);
  const shapes = concreteShapes(model.graph, () => 1);
  for (const node of model.graph.nodes) {
    if (node.op !== 'TreeEnsembleRegressor' && node.op !== 'TreeEnsembleClassifier') continue;
    readTreeEnsemble(node, shapes.get(node.inputs[0] ?? '')?.shape?.at(-1));
  }
}

function checkGraph(graph: Graph, outer: ReadonlySet<string>, imported: ReadonlySet<string>, depth: number): void {
  if (depth > maxDepth) throw fail('LIMIT_EXCEEDED', { format: 'ONNX', what: 'nesting of subgraphs', limit: maxDepth });
  const defined = new Set(outer);
  const define = (name: string) => {
    if (defined.has(name)) throw invalid(`the value "${name}" is defined twice.`);
    defined.add(name);
  };
  for (const { name } of graph.inputs) define(name);
  for (const name of graph.initializers.keys()) define(name);
  for (const node of graph.nodes) {
    checkOperator(node, imported);
    for (const name of node.inputs) {
      if (name !== '' && !defined.has(name)) throw invalid(`${node.op} uses "${name}" before it is defined.`);
    }
    for (const { kind, value } of node.attributes.values()) {
      if (kind === 'graph') checkGraph(value, defined, imported, depth + 1);
    }
    for (const name of node.outputs) if (name !== '') define(name);
  }
  for (const { name } of graph.outputs) {
    if (!defined.has(name)) throw invalid(`nothing computes the output "${name}".`);
  }
}

function checkOperator({ op, domain }: Node, imported: ReadonlySet<string>): void {
  if (!Object.hasOwn(operators, domain) || !operators[domain]?.has(op)) {
    throw fail('UNSUPPORTED_OPERATOR', {
      executor: 'ONNX Runtime',
      operator: domain === '' ? op : `${domain}.${op}`,
      advice: 'Export the model with the standard operators of ONNX only.',
    });
  }
  if (!imported.has(domain))
    throw invalid(`${op} is of the domain "${domain || 'ai.onnx'}", which the model does not import.`);
}

function invalid(problem: string) {
  return fail('INVALID_GRAPH', { problem });
}
