import { fail } from '../errors/index.ts';
import type { DType } from '../tensor/index.ts';
import { dtypeOf } from './dtypes.ts';
import type { Dim, ValueInfo, ValueType } from './model.ts';
import type { WireReader } from './wire-reader.ts';

/** Reads a ValueInfoProto. */
export function readValueInfo(r: WireReader): ValueInfo {
  let name = '';
  let type: ValueType | undefined;
  for (let field = r.next(); field !== 0; field = r.next()) {
    if (field === 1) name = r.string();
    else if (field === 2) type = readType(r.message());
    else r.skip();
  }
  if (!type) throw fail('INVALID_GRAPH', { problem: `the type of "${name}" is missing.` });
  return { name, ...innermost(type), type };
}

function readType(r: WireReader): ValueType {
  let type: ValueType | undefined;
  for (let field = r.next(); field !== 0; field = r.next()) {
    if (field === 1) type = readTensorType(r.message());
    else if (field === 4) type = { kind: 'sequence', element: readElement(r.message()) };
    else if (field === 5) type = readMap(r.message());
    else if (field === 9) type = { kind: 'optional', element: readElement(r.message()) };
    else r.skip();
  }
  if (!type) throw fail('INVALID_GRAPH', { problem: 'an input or output has a type that is not supported.' });
  return type;
}

function readTensorType(r: WireReader): ValueType {
  let code = 0;
  let shape: Dim[] | null = null;
  for (let field = r.next(); field !== 0; field = r.next()) {
    if (field === 1) code = r.small();
    else if (field === 2) shape = readShape(r.message());
    else r.skip();
  }
  return { kind: 'tensor', dtype: dtypeOf(code), shape };
}

function readShape(r: WireReader): Dim[] {
  const dims: Dim[] = [];
  for (let field = r.next(); field !== 0; field = r.next()) {
    if (field === 1) dims.push(readDim(r.message()));
    else r.skip();
  }
  return dims;
}

/** Negative sizes and empty symbols are how some exporters write "unknown". */
function readDim(r: WireReader): Dim {
  let dim: Dim = null;
  for (let field = r.next(); field !== 0; field = r.next()) {
    if (field === 1) {
      const size = r.small();
      dim = size >= 0 ? size : null;
    } else if (field === 2) dim = r.string() || null;
    else r.skip();
  }
  return dim;
}

function readElement(r: WireReader): ValueType {
  let element: ValueType | undefined;
  for (let field = r.next(); field !== 0; field = r.next()) {
    if (field === 1) element = readType(r.message());
    else r.skip();
  }
  if (!element) throw fail('INVALID_GRAPH', { problem: 'a sequence has no element type.' });
  return element;
}

function readMap(r: WireReader): ValueType {
  let key = 0;
  let value: ValueType | undefined;
  for (let field = r.next(); field !== 0; field = r.next()) {
    if (field === 1) key = r.small();
    else if (field === 2) value = readType(r.message());
    else r.skip();
  }
  if (!value) throw fail('INVALID_GRAPH', { problem: 'a map has no value type.' });
  return { kind: 'map', key: dtypeOf(key), value };
}

function innermost(type: ValueType): { dtype: DType; shape: readonly Dim[] } {
  if (type.kind === 'tensor') return { dtype: type.dtype, shape: type.shape ?? [] };
  return innermost(type.kind === 'map' ? type.value : type.element);
}
