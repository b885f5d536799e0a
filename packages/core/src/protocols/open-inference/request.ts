import { fail } from '../../errors/index.ts';
import { elementsOf, MISSING, type Elements, parseJson, received } from '../../signature/index.ts';
import { sizeOf, tensor, type DType, type Tensor } from '../../tensor/index.ts';
import { isObject } from '../inference/json-names.ts';
import type { Call } from '../protocol.ts';
import { readBinary } from './binary.ts';
import { readClassCount } from './classification.ts';
import { datatypes, dtypeOf } from './datatype.ts';

/** An inference request with its tensors read. */
export interface InferRequest {
  readonly id: string | undefined;
  readonly inputs: ReadonlyMap<string, Tensor>;
  /** Undefined: all. */
  readonly outputs: readonly RequestedOutput[] | undefined;
  /** Outputs are binary unless one says otherwise. */
  readonly isBinary: boolean;
}

export interface RequestedOutput {
  readonly name: string;
  /** Undefined: as the request says. */
  readonly isBinary: boolean | undefined;
  /** Only the largest so many of each row, as texts; undefined: the values. */
  readonly classes: number | undefined;
}

const LENGTH_HEADER = 'inference-header-content-length';
/** Dimensions that a shape may have. */
const MAX_RANK = 32;
/** A dimension beside one that is 0. */
const MAX_EMPTY = 65_536;

/** Reads JSON, or JSON with binary tensors behind it. */
export function readRequest(call: Call): InferRequest {
  const { text, binary } = split(call);
  const document = parseJson(text, /"U?INT64"/.test(text) && /\d{16}/.test(text));
  if (!isObject(document)) throw invalid(`the body: expected an object with "inputs", received ${received(document)}`);
  const { id, inputs, outputs, parameters } = document;
  if (id !== undefined && typeof id !== 'string') throw invalid(`id: expected a string, received ${received(id)}`);
  if (!Array.isArray(inputs)) throw invalid(`inputs: expected an array, received ${received(inputs)}`);
  const rest = new Rest(binary);
  const tensors = new Map<string, Tensor>();
  inputs.forEach((input: unknown, i) => {
    const [name, one] = readInput(input, `inputs[${i}]`, rest);
    if (tensors.has(name)) throw invalid(`inputs[${i}].name: ${JSON.stringify(name)} is there twice`);
    tensors.set(name, one);
  });
  rest.end();
  return {
    id,
    inputs: tensors,
    outputs: outputs === undefined ? undefined : readOutputs(outputs),
    isBinary: isObject(parameters) && parameters['binary_data_output'] === true,
  };
}

/** The JSON and what stands behind it; the length in the header may lie. */
function split(call: Call): { text: string; binary: Uint8Array } {
  const header = call.header(LENGTH_HEADER);
  if (header === undefined) return { text: call.text(), binary: call.body.subarray(0, 0) };
  const length = /^\d{1,15}$/.test(header) ? Number(header) : NaN;
  if (!(length <= call.body.length)) {
    const problem = `${LENGTH_HEADER}: expected a whole number up to the length of the body (${call.body.length}), received ${received(header)}`;
    throw invalid(problem);
  }
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(call.body.subarray(0, length));
    return { text, binary: call.body.subarray(length) };
  } catch (cause) {
    throw fail('INVALID_REQUEST', { problem: 'The JSON part of the body is not UTF-8.' }, { cause });
  }
}

/** Binary data in the order of the inputs. */
class Rest {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  take(path: string, size: number): Uint8Array {
    const left = this.#bytes.length - this.#at;
    if (size > left)
      throw invalid(`${path}.parameters.binary_data_size: ${size} bytes are announced, ${left} are left`);
    return this.#bytes.subarray(this.#at, (this.#at += size));
  }

  end(): void {
    const left = this.#bytes.length - this.#at;
    if (left > 0) throw invalid(`the body: ${left} bytes of binary data belong to no input`);
  }
}

function readInput(input: unknown, path: string, rest: Rest): [name: string, tensor: Tensor] {
  if (!isObject(input)) throw invalid(`${path}: expected an object, received ${received(input)}`);
  const { name, datatype, shape, data, parameters } = input;
  if (typeof name !== 'string') throw invalid(`${path}.name: expected a string, received ${received(name)}`);
  const dtype = dtypeOf(datatype);
  if (dtype === undefined)
    throw invalid(`${path}.datatype: expected one of ${datatypes.join(', ')}, received ${received(datatype)}`);
  const dims = readShape(shape, path);
  const size = isObject(parameters) ? parameters['binary_data_size'] : undefined;
  if (size !== undefined) {
    if (data !== undefined) throw invalid(`${path}: has both data and binary_data_size`);
    if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0)
      throw invalid(`${path}.parameters.binary_data_size: expected a number of bytes, received ${received(size)}`);
    return [name, readBinary(name, dtype, dims, rest.take(path, size))];
  }
  if (!Array.isArray(data)) throw invalid(`${path}.data: expected an array, received ${received(data)}`);
  return [name, readValues(data, dtype, dims, path)];
}

function readShape(shape: unknown, path: string): readonly number[] {
  if (!Array.isArray(shape) || shape.length > MAX_RANK)
    throw invalid(`${path}.shape: expected an array of dimensions, received ${received(shape)}`);
  for (const dim of shape)
    if (typeof dim !== 'number' || !Number.isSafeInteger(dim) || dim < 0)
      throw invalid(`${path}.shape: expected whole numbers from 0, received ${received(dim)}`);
  const dims = shape as readonly number[];
  // Rows without elements cost the client nothing, and the executors their outputs.
  if (dims.includes(0) && dims.some((dim) => dim > MAX_EMPTY))
    throw invalid(`${path}.shape: [${dims.join(', ')}] has rows without elements`);
  if (!Number.isSafeInteger(sizeOf(dims))) throw invalid(`${path}.shape: ${received(dims)} has too many elements`);
  return dims;
}

const known = new Map<DType, Elements>();

function elementsFor(dtype: DType): Elements {
  let elements = known.get(dtype);
  if (!elements) known.set(dtype, (elements = elementsOf(dtype)));
  return elements;
}

/** Elements in a row, or nested like the shape. */
function readValues(data: readonly unknown[], dtype: DType, shape: readonly number[], path: string): Tensor {
  const count = sizeOf(shape);
  const flat = Array.isArray(data[0]) ? flatten(data, shape, path) : data;
  if (flat.length !== count)
    throw invalid(
      `${path}.data: expected ${count} elements for the shape [${shape.join(', ')}], received ${flat.length}`,
    );
  if (dtype === 'float64') {
    const numbers = new Float64Array(count);
    let i = 0;
    for (; i < count && typeof flat[i] === 'number'; i++) numbers[i] = flat[i] as number;
    if (i === count) return tensor('float64', shape, numbers);
  }
  const elements = elementsFor(dtype);
  const values = flat.map((value, i) => {
    // As pandas' codec of MLServer writes a missing text; binary data cannot.
    const element = dtype === 'string' && value === null ? MISSING : elements.of(value);
    if (element === undefined)
      throw invalid(`${path}.data[${i}]: expected ${elements.expected}, received ${received(value)}`);
    return element;
  });
  return tensor(dtype, shape, elements.data(values));
}

function flatten(data: readonly unknown[], shape: readonly number[], path: string): unknown[] {
  const out: unknown[] = [];
  const visit = (value: unknown, level: number): void => {
    if (!Array.isArray(value)) {
      if (level !== shape.length) throw invalid(`${path}.data: is not nested like the shape [${shape.join(', ')}]`);
      out.push(value);
      return;
    }
    if (level >= shape.length || value.length !== shape[level])
      throw invalid(`${path}.data: is not nested like the shape [${shape.join(', ')}]`);
    for (let i = 0; i < value.length; i++) visit(value[i], level + 1);
  };
  visit(data, 0);
  return out;
}

function readOutputs(outputs: unknown): RequestedOutput[] {
  if (!Array.isArray(outputs)) throw invalid(`outputs: expected an array, received ${received(outputs)}`);
  return outputs.map((output: unknown, i) => {
    const name = isObject(output) ? output['name'] : undefined;
    if (!isObject(output) || typeof name !== 'string')
      throw invalid(`outputs[${i}].name: expected a string, received ${received(name)}`);
    const { parameters } = output;
    const binary = isObject(parameters) ? parameters['binary_data'] : undefined;
    const classes = isObject(parameters) ? parameters['classification'] : undefined;
    return {
      name,
      isBinary: typeof binary === 'boolean' ? binary : undefined,
      classes: readClassCount(classes, `outputs[${i}].parameters.classification`),
    };
  });
}

function invalid(problem: string) {
  return fail(
    'INVALID_REQUEST',
    { problem: `${problem}.` },
    { hint: 'See GET /openapi.json and the metadata of the model.' },
  );
}
