import { floatsOf, stringOf, tensorOf, type Graph, type Node } from '../../onnx/index.ts';
import { producerOf } from './rewriter.ts';

/** What passes numbers on as they are. */
const passing: ReadonlySet<string> = new Set(
  'Identity Cast Reshape Flatten Squeeze Unsqueeze Slice Gather Transpose ArrayFeatureExtractor Concat Split'.split(
    ' ',
  ),
);
/** What makes something else of scores, but no probabilities. */
const linear: ReadonlySet<string> = new Set('Abs Add Div Mul Neg Sub Sum'.split(' '));

/**
 * Whether the columns of a value are probabilities, by the nodes that compute it: true after a softmax, a logistic
 * function or a normalizer, false for decision functions. undefined: the nodes do not tell.
 */
export function areChances(graph: Graph, name: string): boolean | undefined {
  return judge(graph, name, 0, new Map());
}

function judge(graph: Graph, name: string, depth: number, seen: Map<string, boolean | undefined>): boolean | undefined {
  if (seen.has(name)) return seen.get(name);
  seen.set(name, undefined);
  const found = byNode(graph, name, depth, seen);
  seen.set(name, found);
  return found;
}

function byNode(
  graph: Graph,
  name: string,
  depth: number,
  seen: Map<string, boolean | undefined>,
): boolean | undefined {
  const node = producerOf(graph, name);
  if (!node || depth > 16) return undefined;
  switch (node.op) {
    case 'Softmax':
    case 'Sigmoid':
    case 'Normalizer':
      return true;
    case 'LogSoftmax':
      return false;
    case 'LinearClassifier':
      return hasTransform(node);
    case 'SVMClassifier':
      return hasTransform(node) || (floatsOf(node, 'prob_a')?.length ?? 0) > 0;
    case 'TreeEnsembleClassifier':
      return hasTransform(node) || hasShares(node) ? true : false;
    case 'TreeEnsembleRegressor':
      return hasTransform(node) ? true : depth > 0 ? false : undefined;
  }
  if (!passing.has(node.op) && !linear.has(node.op)) return undefined;
  const found = node.inputs
    .filter((input) => input !== '' && !graph.initializers.has(input))
    .map((input) => judge(graph, input, depth + 1, seen));
  if (found.includes(false)) return false;
  // Scores that are added up are scores; probabilities that are, anything.
  return !linear.has(node.op) && found.length > 0 && found.every((each) => each === true) ? true : undefined;
}

function hasTransform(node: Node): boolean {
  return stringOf(node, 'post_transform', 'NONE') !== 'NONE';
}

/** Leaves that hold shares of the classes and not sums of boosting. */
function hasShares(node: Node): boolean {
  const doubles = tensorOf(node, 'class_weights_as_tensor')?.data;
  const weights = doubles ? Array.from(doubles, Number) : [...(floatsOf(node, 'class_weights') ?? [])];
  const base = floatsOf(node, 'base_values') ?? [];
  return weights.every((weight) => weight >= 0) && base.every((value) => value === 0);
}
