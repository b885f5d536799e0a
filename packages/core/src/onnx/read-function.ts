import type { Attribute, Node, OpsetImport } from './model.ts';
import { domainOf, readAttribute, readNode } from './read-graph.ts';
import type { ResolveExternal } from './read-tensor.ts';
import type { WireReader } from './wire-reader.ts';

/** An operator that a file defines by nodes (FunctionProto). */
export interface LocalFunction {
  readonly domain: string;
  readonly name: string;
  readonly overload: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly nodes: readonly Node[];
  readonly opsets: readonly OpsetImport[];
  /** Values of attributes that a call leaves out. */
  readonly defaults: ReadonlyMap<string, Attribute>;
}

/** Reads a FunctionProto. */
export function readFunction(r: WireReader, resolve: ResolveExternal): LocalFunction {
  const found = { domain: '', name: '', overload: '' };
  const inputs: string[] = [];
  const outputs: string[] = [];
  const nodes: Node[] = [];
  const opsets: OpsetImport[] = [];
  const defaults = new Map<string, Attribute>();
  for (let field = r.next(); field !== 0; field = r.next()) {
    if (field === 1) found.name = r.string();
    else if (field === 4) inputs.push(r.string());
    else if (field === 5) outputs.push(r.string());
    else if (field === 7) nodes.push(readNode(r.message(), resolve));
    else if (field === 9) opsets.push(readOpset(r.message()));
    else if (field === 10) found.domain = domainOf(r.string());
    else if (field === 11) {
      const { name, attribute } = readAttribute(r.message(), resolve);
      if (attribute) defaults.set(name, attribute);
    } else if (field === 13) found.overload = r.string();
    else r.skip();
  }
  return { ...found, inputs, outputs, nodes, opsets, defaults };
}

/** Reads an OperatorSetIdProto. */
export function readOpset(r: WireReader): OpsetImport {
  let domain = '';
  let version = 0;
  for (let field = r.next(); field !== 0; field = r.next()) {
    if (field === 1) domain = domainOf(r.string());
    else if (field === 2) version = r.small();
    else r.skip();
  }
  return { domain, version };
}
