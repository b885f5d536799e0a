import { fail } from '../errors/index.ts';
import type { Tensor } from '../tensor/index.ts';
import { IntList } from './int-list.ts';
import type { Attribute, Graph, Node, ValueInfo } from './model.ts';
import { readSparseTensor } from './read-sparse.ts';
import { readTensor, type ResolveExternal } from './read-tensor.ts';
import { readValueInfo } from './read-type.ts';
import type { WireReader } from './wire-reader.ts';

/** Reads a GraphProto. Initializers that are inputs too (IR 3) are no longer inputs. */
export function readGraph(r: WireReader, resolve: ResolveExternal): Graph {
  const nodes: Node[] = [];
  const initializers = new Map<string, Tensor>();
  const inputs: ValueInfo[] = [];
  const outputs: ValueInfo[] = [];
  let graphName = '';
  for (let field = r.next(); field !== 0; field = r.next()) {
    if (field === 1) nodes.push(readNode(r.message(), resolve));
    else if (field === 2) graphName = r.string();
    else if (field === 5) {
      const { name, tensor } = readTensor(r.message(), resolve);
      if (initializers.has(name)) throw invalid(`two initializers are called "${name}".`);
      initializers.set(name, tensor);
    } else if (field === 11) inputs.push(readValueInfo(r.message()));
    else if (field === 12) outputs.push(readValueInfo(r.message()));
    else if (field === 15) {
      const { name, tensor } = readSparseTensor(r.message(), resolve);
      if (initializers.has(name)) throw invalid(`two initializers are called "${name}".`);
      initializers.set(name, tensor);
    } else r.skip();
  }
  return {
    name: graphName,
    nodes,
    initializers,
    inputs: inputs.filter(({ name }) => !initializers.has(name)),
    outputs,
  };
}

/** Reads a NodeProto. */
export function readNode(r: WireReader, resolve: ResolveExternal): Node {
  const node = { op: '', domain: '', name: '', inputs: [] as string[], outputs: [] as string[] };
  const refs = new Map<string, string>();
  let overload = '';
  const attributes = new Map<string, Attribute>();
  for (let field = r.next(); field !== 0; field = r.next()) {
    if (field === 1) node.inputs.push(r.string());
    else if (field === 2) node.outputs.push(r.string());
    else if (field === 3) node.name = r.string();
    else if (field === 4) node.op = r.string();
    else if (field === 5) {
      const { name, attribute, ref } = readAttribute(r.message(), resolve);
      if (attribute) attributes.set(name, attribute);
      else refs.set(name, ref);
    } else if (field === 7) node.domain = domainOf(r.string());
    else if (field === 8) overload = r.string();
    else r.skip();
  }
  if (node.op === '') throw invalid('a node has no operator.');
  return { ...node, attributes, ...(refs.size ? { refs } : {}), ...(overload ? { overload } : {}) };
}

/** An attribute, or (inside functions) the name of the function's attribute that gives its value. */
type ReadAttribute =
  | { readonly name: string; readonly attribute: Attribute; readonly ref?: undefined }
  | { readonly name: string; readonly attribute?: undefined; readonly ref: string };

/** Reads an AttributeProto. Very old files state no type: then the field that is present says it. */
export function readAttribute(r: WireReader, resolve: ResolveExternal): ReadAttribute {
  const ints = new IntList();
  const floats: number[] = [];
  const strings: string[] = [];
  let name = '';
  let ref = '';
  let type = 0;
  let seen = 0;
  let float = 0;
  let int: number | bigint = 0;
  let text = '';
  let tensor: Tensor | undefined;
  let graph: Graph | undefined;
  for (let field = r.next(); field !== 0; field = r.next()) {
    if (field >= 2 && field <= 9) seen = typeOfField[field] as number;
    if (field === 1) name = r.string();
    else if (field === 2) float = r.float();
    else if (field === 3) int = r.int();
    else if (field === 4) text = r.string();
    else if (field === 5) ({ tensor } = readTensor(r.message(), resolve));
    else if (field === 6) graph = readGraph(r.message(), resolve);
    else if (field === 7) r.floats(floats);
    else if (field === 8) r.ints(ints);
    else if (field === 9) strings.push(r.string());
    else if (field === 20) type = r.small();
    else if (field === 21) ref = r.string();
    else r.skip();
  }
  if (ref) return { name, ref };
  switch (type || seen) {
    case 1:
      return { name, attribute: { kind: 'float', value: float } };
    case 2:
      return { name, attribute: { kind: 'int', value: int } };
    case 3:
      return { name, attribute: { kind: 'string', value: text } };
    case 4:
      if (tensor) return { name, attribute: { kind: 'tensor', value: tensor } };
      break;
    case 5:
      if (graph) return { name, attribute: { kind: 'graph', value: graph } };
      break;
    case 6:
      return { name, attribute: { kind: 'floats', value: Float32Array.from(floats) } };
    case 7:
      return { name, attribute: { kind: 'ints', value: ints.values() } };
    case 8:
      return { name, attribute: { kind: 'strings', value: strings } };
  }
  throw fail('INVALID_GRAPH', { problem: `attribute "${name}" is of a kind that is not supported (${type || seen}).` });
}

/** AttributeProto.AttributeType by the number of the field that holds it. */
const typeOfField: Readonly<Record<number, number>> = { 2: 1, 3: 2, 4: 3, 5: 4, 6: 5, 7: 6, 8: 7, 9: 8 };

/** The default domain has two names. */
export function domainOf(name: string): string {
  return name === 'ai.onnx' ? '' : name;
}

function invalid(problem: string) {
  return fail('INVALID_GRAPH', { problem });
}
