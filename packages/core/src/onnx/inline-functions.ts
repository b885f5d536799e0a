import { fail } from '../errors/index.ts';
import type { Attribute, Graph, Node, OnnxModel, OpsetImport } from './model.ts';
import type { LocalFunction } from './read-function.ts';

/** Functions that call functions, and nodes after inlining: a file of few bytes could otherwise grow without end. */
const most = { depth: 32, nodes: 200_000 };

type Functions = ReadonlyMap<string, LocalFunction>;

/** What the names and attributes of a function mean where it is called. */
interface Call {
  readonly names: ReadonlyMap<string, string>;
  /** In front of every other name of the function. */
  readonly prefix: string;
  readonly attributes: ReadonlyMap<string, Attribute>;
}

/** Puts the nodes of a file's own functions in place of their calls. A model without functions stays as it is. */
export function inlineFunctions(model: OnnxModel, functions: readonly LocalFunction[]): OnnxModel {
  if (!functions.length) return model;
  const known: Functions = new Map(functions.map((each) => [keyOf(each.domain, each.name, each.overload), each]));
  const opsets = opsetsOf(model, functions);
  let nodes = 0;
  let calls = 0;

  function graphOf(graph: Graph, depth: number, call?: Call): Graph {
    const nameOf = (name: string) => (call ? rename(call, name) : name);
    return {
      ...graph,
      nodes: graph.nodes.flatMap((node) => expand(node, depth, call)),
      initializers: new Map([...graph.initializers].map(([name, tensor]) => [nameOf(name), tensor])),
      inputs: graph.inputs.map((info) => ({ ...info, name: nameOf(info.name) })),
      outputs: graph.outputs.map((info) => ({ ...info, name: nameOf(info.name) })),
    };
  }

  function expand(given: Node, depth: number, call: Call | undefined): Node[] {
    if (++nodes > most.nodes) throw tooMuch('the number of nodes of its functions', most.nodes);
    if (depth > most.depth) throw tooMuch('the depth of functions that call functions', most.depth);
    const attributes = new Map([...given.attributes, ...(call ? attributesGiven(given, call) : [])]);
    const node: Node = {
      op: given.op,
      domain: given.domain,
      name: given.name,
      inputs: call ? given.inputs.map((name) => rename(call, name)) : given.inputs,
      outputs: call ? given.outputs.map((name) => rename(call, name)) : given.outputs,
      attributes: new Map(
        [...attributes].map(([name, found]): [string, Attribute] => [
          name,
          found.kind === 'graph' ? { kind: 'graph', value: graphOf(found.value, depth, call) } : found,
        ]),
      ),
    };
    const called = known.get(keyOf(given.domain, given.op, given.overload ?? ''));
    if (!called) return [node];
    const prefix = `${called.name}#${calls++}/`;
    const names = new Map<string, string>([['', '']]);
    called.inputs.forEach((name, i) => names.set(name, node.inputs[i] ?? ''));
    // An output that is an input at once needs a node of its own.
    const passed: Node[] = [];
    called.outputs.forEach((name, i) => {
      const output = node.outputs[i];
      if (!output) return;
      if (names.has(name)) passed.push(identity(names.get(name) as string, output));
      else names.set(name, output);
    });
    const inner: Call = { names, prefix, attributes: new Map([...called.defaults, ...node.attributes]) };
    return [...called.nodes.flatMap((each) => expand(each, depth + 1, inner)), ...passed];
  }

  return { ...model, opsets, graph: graphOf(model.graph, 0) };
}

/** Attributes that the caller gives; what neither it nor a default gives is left out. */
function attributesGiven({ refs }: Node, call: Call): [string, Attribute][] {
  return [...(refs ?? [])].flatMap(([name, ref]): [string, Attribute][] => {
    const found = call.attributes.get(ref);
    return found ? [[name, found]] : [];
  });
}

function rename({ names, prefix }: Call, name: string): string {
  return names.get(name) ?? prefix + name;
}

function identity(input: string, output: string): Node {
  return { op: 'Identity', domain: '', name: '', inputs: [input], outputs: [output], attributes: new Map() };
}

function keyOf(domain: string, name: string, overload: string): string {
  return JSON.stringify([domain, name, overload]);
}

/** The model's operator sets with those that only functions use. Two versions of one set cannot stand side by side. */
function opsetsOf(model: OnnxModel, functions: readonly LocalFunction[]): readonly OpsetImport[] {
  const versions = new Map(model.opsets.map(({ domain, version }) => [domain, version]));
  const own = new Set(functions.map(({ domain }) => domain));
  for (const { name, opsets } of functions) {
    for (const { domain, version } of opsets) {
      const known = versions.get(domain);
      if (known === undefined) versions.set(domain, version);
      else if (known !== version && !own.has(domain)) throw twoVersions(name, domain, version, known);
    }
  }
  return [...versions].map(([domain, version]) => ({ domain, version }));
}

function twoVersions(name: string, domain: string, version: number, known: number) {
  return fail('UNSUPPORTED_FORMAT', {
    what: `An ONNX model whose function "${name}" uses version ${version} of ${domain || 'ai.onnx'} while the model uses ${known}`,
    why: 'the versions of an operator may differ.',
    advice: 'Inline the functions: onnx.inliner.inline_local_functions(model, convert_version=True).',
  });
}

function tooMuch(what: string, limit: number) {
  return fail('LIMIT_EXCEEDED', { format: 'ONNX', what, limit });
}
