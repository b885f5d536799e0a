import { intOf, type Graph, type Node, type OnnxModel } from '../onnx/index.ts';
import type { Tensor } from '../tensor/index.ts';
import { constantTensor } from './constant-tensor.ts';
import { bodyOf, outside, rowNode } from './row-node.ts';

/** What is known where a graph stands inside others. */
interface Scope {
  readonly makers: Map<string, Node>;
  readonly constants: Map<string, Tensor>;
  readonly names: Set<string>;
  /** A name stands for two values, in branches beside each other. */
  hasTwins?: boolean;
}

/**
 * The model with branches and loops over all rows as each row goes through them, where that gives the same.
 *
 * `If` any row is flagged, those are taken out (Compress), and put back among the others (ScatterND): a row that is
 * flagged goes through one branch, others through the other. A Loop that goes on while any row is active, and keeps
 * the states of the others (Where), ends for each row when that is not active. Others stay as they are.
 */
export function byRow(model: OnnxModel): OnnxModel {
  const { graph } = model;
  if (!graph.nodes.some(({ attributes }) => [...attributes.values()].some(({ kind }) => kind === 'graph')))
    return model;
  const scope: Scope = {
    makers: new Map(),
    constants: new Map(),
    names: new Set(graph.inputs.map(({ name }) => name)),
  };
  const nodes = converted(graph, scope);
  if (scope.hasTwins) return model;
  return { ...model, graph: { ...graph, nodes, initializers: scope.constants } };
}

/** Nodes of a graph; its constants go to the outermost one. */
function converted(graph: Graph, scope: Scope): Node[] {
  const define = (name: string) => {
    scope.hasTwins ||= name !== '' && scope.names.has(name);
    scope.names.add(name);
  };
  for (const [name, tensor] of graph.initializers) {
    define(name);
    scope.constants.set(name, tensor);
  }
  return graph.nodes.flatMap((node) => {
    node.outputs.forEach(define);
    if (isOp(node, 'Constant')) {
      scope.constants.set(node.outputs[0] ?? '', constantTensor(node));
      return [];
    }
    const own = (isOp(node, 'If') && asBranch(node, scope)) || (isOp(node, 'Loop') && asLoop(node, scope)) || node;
    for (const name of own.outputs) scope.makers.set(name, own);
    return [own];
  });
}

function asBranch(node: Node, scope: Scope): Node | undefined {
  const flag = anyOf(node.inputs[0], scope);
  const [flagged, other] = [graphOf(node, 'then_branch'), graphOf(node, 'else_branch')];
  if (flag === undefined || !flagged || !other) return undefined;
  const { makers } = scope;
  const taken = new Set<Node>();
  const nodes = converted(flagged, scope).map((one): Node => {
    if (!isOp(one, 'Compress') || one.inputs[1] !== flag || intOf(one, 'axis', -1) !== 0) return one;
    const same = { ...one, op: 'Identity', inputs: one.inputs.slice(0, 1), attributes: new Map() };
    taken.add(same);
    return same;
  });
  const rest = converted(other, scope);
  const isPlaces = (name = '') => {
    const turned = makers.get(name);
    const found = isOp(turned, 'Transpose') ? makers.get(turned.inputs[0] ?? '') : undefined;
    return isOp(found, 'NonZero') && found.inputs[0] === flag;
  };
  const updates = flagged.outputs.map(({ name }, i) => {
    const put = makers.get(sourceOf(name, makers));
    const isPut = isOp(put, 'ScatterND') && !put.attributes.has('reduction') && isPlaces(put.inputs[1]);
    if (!isPut || sourceOf(put.inputs[0] ?? '', makers) !== sourceOf(other.outputs[i]?.name ?? '', makers)) return '';
    return put.inputs[2] ?? '';
  });
  if (updates.includes('')) return undefined;
  const then = bodyOf(nodes, updates, []);
  const isApart = outside(
    then.nodes.filter((one) => !taken.has(one)),
    then.nodes,
  ).every((name) => scope.constants.has(name));
  if (!isApart) return undefined;
  const otherwise = bodyOf(
    rest,
    other.outputs.map(({ name }) => name),
    [],
  );
  return rowNode(node, [flag], { then_branch: then, else_branch: otherwise });
}

function asLoop(node: Node, scope: Scope): Node | undefined {
  const { makers, constants } = scope;
  const body = graphOf(node, 'body');
  const most = Number(constants.get(node.inputs[0] ?? '')?.data[0]);
  const starts = node.inputs[1] === '' || Number(constants.get(node.inputs[1] ?? '')?.data[0]) === 1;
  if (!body || !(most >= 1 && most <= maxRounds) || !starts) return undefined;
  for (const { name } of body.inputs) {
    scope.hasTwins ||= scope.names.has(name);
    scope.names.add(name);
  }
  const nodes = converted(body, scope);
  const initial = node.inputs.slice(2);
  const states = body.inputs.slice(2).map(({ name }) => name);
  const active = anyOf(body.outputs[0]?.name, scope);
  if (active === undefined || states.length !== initial.length || body.outputs.length !== states.length + 1)
    return undefined;
  const next = states.map((state, i) => {
    const kept = makers.get(sourceOf(body.outputs[i + 1]?.name ?? '', makers));
    return isOp(kept, 'Where') && kept.inputs[0] === active && kept.inputs[2] === state ? (kept.inputs[1] ?? '') : '';
  });
  const counted = body.inputs.slice(0, 2).map(({ name }) => name);
  const own = bodyOf(nodes, [active, ...next], states);
  if (next.includes('') || outside(own.nodes, own.nodes, next).some((name) => counted.includes(name))) return undefined;
  return rowNode(node, initial, { body: own }, most);
}

/** A loop of more rounds is refused: it could keep a process busy. */
const maxRounds = 1 << 20;

/** Flags by row, of which a condition says whether any is set. */
function anyOf(name: string | undefined, { makers }: Scope): string | undefined {
  const truth = makers.get(sourceOf(name ?? '', makers));
  const most = isOp(truth, 'Cast') ? makers.get(truth.inputs[0] ?? '') : undefined;
  if (!isOp(most, 'ReduceMax') || most.attributes.has('axes') || most.inputs.length > 1) return undefined;
  const numbers = makers.get(most.inputs[0] ?? '');
  return isOp(numbers, 'Cast') ? numbers.inputs[0] : undefined;
}

/** Where a value comes from, behind its copies. */
function sourceOf(name: string, makers: ReadonlyMap<string, Node>): string {
  let source = name;
  for (let maker = makers.get(source); isOp(maker, 'Identity'); maker = makers.get(source))
    source = maker.inputs[0] ?? '';
  return source;
}

function isOp(node: Node | undefined, op: string): node is Node {
  return node?.op === op && node.domain === '';
}

function graphOf({ attributes }: Node, name: string): Graph | undefined {
  const found = attributes.get(name);
  return found?.kind === 'graph' ? found.value : undefined;
}
