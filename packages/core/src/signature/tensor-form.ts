import { tensor, type Tensor } from '../tensor/index.ts';
import { elementsOf, type Elements } from './elements.ts';
import { isPicture, isPixels, pictures } from './picture-form.ts';
import { nearest } from './nearest.ts';
import { member, Problems, received } from './problems.ts';
import type { Decoded, RowOptions } from './rows.ts';
import type { TensorSpec } from './signature.ts';
import { checkSize, type SizeLimits } from './size-limits.ts';

/** Rows that are named nested arrays (or one nested array), shaped like the graph's inputs. */
export interface TensorReader {
  readonly isRow: (document: unknown) => boolean;
  readonly decode: (document: unknown, options?: RowOptions) => Decoded;
}

interface Input {
  readonly spec: TensorSpec;
  readonly elements: Elements;
}

/** What one document holds for each tensor: nested arrays with or without the batch dimension. */
interface Parts {
  readonly single: boolean;
  readonly count: number;
  /** Per tensor its rows and the path of each. */
  readonly rows: ReadonlyMap<string, RowsOfTensor>;
}

interface RowsOfTensor {
  readonly values: readonly unknown[];
  readonly path: (row: number) => string;
}

export function tensorReader(specs: readonly TensorSpec[], limits?: SizeLimits): TensorReader {
  const inputs: Input[] = specs.map((spec) => ({
    spec,
    elements: spec.image ? pictures(spec.image) : elementsOf(spec.dtype),
  }));
  const only = inputs.length === 1 ? (inputs[0] as Input) : undefined;

  const isRow = (document: unknown): boolean => {
    if (only?.spec.image && (isPicture(document) || isPixels(document, only.spec))) return true;
    if (!isObject(document)) return only !== undefined && depthOf(document) <= only.spec.shape.length;
    const first = inputs.find(({ spec }) => Object.hasOwn(document, spec.name));
    if (first === undefined) return true;
    const value = document[first.spec.name];
    return depthOf(value) <= first.spec.shape.length || (first.spec.image !== undefined && isPixels(value, first.spec));
  };

  function decode(document: unknown, options: RowOptions = {}): Decoded {
    const problems = new Problems();
    const parts = split(document, options, problems);
    problems.throwIfAny();
    let elementCount = 0;
    checkSize(limits, parts.count, elementCount);
    const tensors: Record<string, Tensor> = Object.create(null) as Record<string, Tensor>;
    for (const { spec, elements } of inputs) {
      const { values, path } = parts.rows.get(spec.name) as RowsOfTensor;
      const shape = agreedShape(spec, values, path, problems);
      if (!shape) continue;
      elementCount += shape.reduce((product, size) => product * size, parts.count);
      checkSize(limits, parts.count, elementCount);
      const flat: (number | bigint | string)[] = [];
      values.forEach((value, i) => flatten(value, shape, 0, path(i), elements, flat, problems));
      if (problems.count === 0) tensors[spec.name] = tensor(spec.dtype, [parts.count, ...shape], elements.data(flat));
    }
    problems.throwIfAny();
    return { single: parts.single, count: parts.count, tensors, warnings: new Map() };
  }

  function split(document: unknown, options: RowOptions, problems: Problems): Parts {
    if (isObject(document) && !(only?.spec.image && isPicture(document)))
      return isRow(document) ? fromRows([document], true, options, problems) : fromBatch(document, options, problems);
    if (isRow(document)) return fromRows([document], true, options, problems);
    if (Array.isArray(document)) return fromRows(document, false, options, problems);
    problems.add(
      '',
      only
        ? 'nested array of numbers'
        : `object with ${inputs.map(({ spec }) => JSON.stringify(spec.name)).join(', ')}`,
      received(document),
    );
    throw problems.error();
  }

  /** Each row an object of tensors, or (one unnamed tensor) a nested array. */
  function fromRows(documents: readonly unknown[], single: boolean, options: RowOptions, problems: Problems): Parts {
    const rows = new Map<string, RowsOfTensor>();
    const prefix = (i: number): string => (single ? '' : `rows[${i}]`);
    // Without names: one nested array, or a picture; pictures may stand beside named ones.
    const isNamed = documents.some(isObject);
    const isWhole = (row: unknown): boolean =>
      only !== undefined && (only.spec.image ? !isObject(row) || isPicture(row) : !isNamed);
    for (const { spec } of inputs) {
      const values = documents.map((row) => {
        if (isWhole(row)) return row;
        return isObject(row) && Object.hasOwn(row, spec.name) ? row[spec.name] : undefined;
      });
      const path = (i: number) => (isWhole(documents[i]) ? prefix(i) : member(prefix(i), spec.name));
      rows.set(spec.name, { values, path });
    }
    documents.forEach((row, i) => {
      if (isWhole(row)) return;
      if (isObject(row)) checkNames(row, prefix(i), options, problems);
      else problems.add(prefix(i), 'object keyed by tensor', received(row));
    });
    return { single, count: documents.length, rows };
  }

  /** One object whose tensors all have the batch dimension. */
  function fromBatch(document: Record<string, unknown>, options: RowOptions, problems: Problems): Parts {
    checkNames(document, '', options, problems);
    const rows = new Map<string, RowsOfTensor>();
    let count: number | undefined;
    for (const { spec } of inputs) {
      const values = Object.hasOwn(document, spec.name) ? document[spec.name] : undefined;
      if (!Array.isArray(values)) problems.add(member('', spec.name), 'array of rows', received(values));
      else if (count !== undefined && values.length !== count)
        problems.add(member('', spec.name), `array of ${count}, as many rows as the others`, received(values));
      else {
        count = values.length;
        rows.set(spec.name, { values, path: (i) => `${member('', spec.name)}[${i}]` });
      }
    }
    return { single: false, count: count ?? 0, rows };
  }

  function checkNames(row: Record<string, unknown>, path: string, options: RowOptions, problems: Problems): void {
    if (options.extra === 'ignore') return;
    for (const key of Object.keys(row)) {
      if (inputs.some(({ spec }) => spec.name === key)) continue;
      const near = nearest(
        key,
        inputs.map(({ spec }) => spec.name),
      );
      const sentence = `the model has no such input${near === undefined ? '' : `; did you mean ${JSON.stringify(near)}?`}`;
      problems.add(
        member(path, key),
        `one of ${inputs.map(({ spec }) => JSON.stringify(spec.name)).join(', ')}`,
        received(row[key]),
        { sentence },
      );
    }
  }

  return { isRow, decode };
}

/** Free dimensions take the size of the first row; the others must have the same. */
function agreedShape(
  spec: TensorSpec,
  values: readonly unknown[],
  path: (i: number) => string,
  problems: Problems,
): number[] | undefined {
  const shape: number[] = [];
  let level: unknown = values[0];
  for (const dim of spec.shape) {
    shape.push(dim ?? (Array.isArray(level) ? level.length : 0));
    level = Array.isArray(level) ? level[0] : undefined;
  }
  if (values.length > 0 && values[0] === undefined) {
    problems.add(path(0), shapeText(spec), received(undefined));
    return undefined;
  }
  return shape;
}

function flatten(
  value: unknown,
  shape: readonly number[],
  level: number,
  path: string,
  elements: Elements,
  out: (number | bigint | string)[],
  problems: Problems,
): void {
  if (level === shape.length) {
    const element = elements.of(value);
    if (element !== undefined) out.push(element);
    else if (problems.hasRoom) problems.add(path, elements.expected, received(value));
    else problems.skip();
    return;
  }
  if (!Array.isArray(value) || value.length !== shape[level]) {
    if (problems.hasRoom) problems.add(path, `array of ${shape[level]}`, received(value));
    else problems.skip();
    return;
  }
  // Paths are made only where something is wrong: building one per element would cost more than reading it.
  for (let i = 0; i < value.length; i++) {
    const child: unknown = value[i];
    const element = level === shape.length - 1 ? elements.of(child) : undefined;
    if (element !== undefined) out.push(element);
    else flatten(child, shape, level + 1, `${path}[${i}]`, elements, out, problems);
  }
}

function shapeText(spec: TensorSpec): string {
  if (spec.shape.length === 0) return spec.dtype === 'string' ? 'string' : 'number';
  return `${spec.dtype} array of shape [${spec.shape.map((dim) => dim ?? 'any').join(', ')}]`;
}

function depthOf(value: unknown): number {
  let depth = 0;
  for (let level = value; Array.isArray(level); level = level[0]) depth++;
  return depth;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
