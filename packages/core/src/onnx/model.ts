import type { DType, Tensor } from '../tensor/index.ts';

/** A dimension: a size, a symbol such as `N`, or null where nothing is known. */
export type Dim = number | string | null;

/** The type of a graph input or output. Sequences and maps exist in foreign models only (ZipMap). */
export type ValueType =
  | { readonly kind: 'tensor'; readonly dtype: DType; readonly shape: readonly Dim[] | null }
  | { readonly kind: 'sequence'; readonly element: ValueType }
  | { readonly kind: 'map'; readonly key: DType; readonly value: ValueType }
  | { readonly kind: 'optional'; readonly element: ValueType };

/** A graph input or output. `dtype` and `shape` repeat those of a tensor type; for other types they are what its innermost tensor has. */
export interface ValueInfo {
  readonly name: string;
  readonly dtype: DType;
  /** Empty for a scalar and where the file states no shape. */
  readonly shape: readonly Dim[];
  readonly type: ValueType;
}

/** An attribute of a node. `ints` beyond 2^31 are numbers while they are safe integers, else bigints. */
export type Attribute =
  | { readonly kind: 'int'; readonly value: number | bigint }
  | { readonly kind: 'float'; readonly value: number }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'tensor'; readonly value: Tensor }
  | { readonly kind: 'graph'; readonly value: Graph }
  | { readonly kind: 'ints'; readonly value: Int32Array | BigInt64Array | readonly number[] }
  | { readonly kind: 'floats'; readonly value: Float32Array }
  | { readonly kind: 'strings'; readonly value: readonly string[] };

/** One operation. An input that is left out is an empty name. */
export interface Node {
  readonly op: string;
  /** Empty for ai.onnx. */
  readonly domain: string;
  readonly name: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: ReadonlyMap<string, Attribute>;
  /** Inside functions of a file, before they are inlined: attributes that the caller gives, by the caller's name for them. */
  readonly refs?: ReadonlyMap<string, string> | undefined;
  /** Which of several functions of one name is called. */
  readonly overload?: string | undefined;
}

export interface Graph {
  readonly name: string;
  readonly nodes: readonly Node[];
  readonly initializers: ReadonlyMap<string, Tensor>;
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
}

/** Version of an operator set; the domain of ai.onnx is empty. */
export interface OpsetImport {
  readonly domain: string;
  readonly version: number;
}

/** An ONNX model as plain data. Nodes are in an order in which each value is computed before it is used. */
export interface OnnxModel {
  readonly irVersion: number;
  readonly opsets: readonly OpsetImport[];
  readonly producer: string;
  readonly graph: Graph;
  readonly metadata: ReadonlyMap<string, string>;
}

/** The version of a domain's operator set; 0 when the model does not import it. */
export function opsetOf(model: OnnxModel, domain = ''): number {
  return model.opsets.find((opset) => opset.domain === domain)?.version ?? 0;
}

/** A tensor-typed input or output; null where not even its rank is known. */
export function tensorInfo(name: string, dtype: DType, shape: readonly Dim[] | null): ValueInfo {
  return { name, dtype, shape: shape ?? [], type: { kind: 'tensor', dtype, shape } };
}
