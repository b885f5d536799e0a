import type { DType, TensorData } from '../tensor/index.ts';

/** Reads the elements of one dtype from JSON values. */
export interface Elements {
  /** In messages: `integer from 0 to 255`. */
  readonly expected: string;
  /** The element, or undefined when the value is not one. */
  of(value: unknown): number | bigint | string | undefined;
  data(values: readonly (number | bigint | string)[]): TensorData;
}

/** How JSON holds each dtype. Floats take null as NaN; int64 takes decimal strings, because JSON numbers lose digits. */
export function elementsOf(dtype: DType): Elements {
  switch (dtype) {
    case 'float64':
      return floats((values) => Float64Array.from(values));
    case 'float32':
      return floats((values) => Float32Array.from(values));
    case 'float16':
      return floats((values) => new Uint16Array(Float16Array.from(values).buffer));
    case 'bfloat16':
      return floats((values) => Uint16Array.from(values, bfloat16Bits));
    case 'int8':
      return integers(-128, 127, (values) => Int8Array.from(values));
    case 'int16':
      return integers(-32768, 32767, (values) => Int16Array.from(values));
    case 'int32':
      return integers(-2147483648, 2147483647, (values) => Int32Array.from(values));
    case 'uint8':
      return integers(0, 255, (values) => Uint8Array.from(values));
    case 'uint16':
      return integers(0, 65535, (values) => Uint16Array.from(values));
    case 'uint32':
      return integers(0, 4294967295, (values) => Uint32Array.from(values));
    case 'int64':
      return wideIntegers(-(2n ** 63n), 2n ** 63n - 1n, (values) => BigInt64Array.from(values));
    case 'uint64':
      return wideIntegers(0n, 2n ** 64n - 1n, (values) => BigUint64Array.from(values));
    case 'bool':
      return {
        expected: 'boolean',
        of: (value) => (typeof value === 'boolean' ? Number(value) : value === 0 || value === 1 ? value : undefined),
        data: (values) => Uint8Array.from(values as readonly number[]),
      };
    case 'string':
      return {
        expected: 'string',
        of: (value) => (typeof value === 'string' ? value : undefined),
        data: (values) => values as readonly string[],
      };
  }
}

function floats(data: (values: readonly number[]) => TensorData): Elements {
  return {
    expected: 'number or null',
    of(value) {
      if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
      if (typeof value === 'bigint') return Number(value);
      if (typeof value === 'boolean') return Number(value);
      return value === null ? NaN : undefined;
    },
    data,
  };
}

function integers(min: number, max: number, data: (values: readonly number[]) => TensorData): Elements {
  return {
    expected: `integer from ${min} to ${max}`,
    of(value) {
      const number = typeof value === 'boolean' ? Number(value) : value;
      return Number.isInteger(number) && (number as number) >= min && (number as number) <= max
        ? (number as number)
        : undefined;
    },
    data,
  };
}

function wideIntegers(min: bigint, max: bigint, data: (values: readonly bigint[]) => TensorData): Elements {
  return {
    expected: `integer from ${min} to ${max}, beyond 2^53 best as a string of digits`,
    of(value) {
      const integer = bigintOf(value);
      return integer !== undefined && integer >= min && integer <= max ? integer : undefined;
    },
    data,
  };
}

function bigintOf(value: unknown): bigint | undefined {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'boolean') return value ? 1n : 0n;
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : undefined;
  return typeof value === 'string' && /^-?\d{1,20}$/.test(value) ? BigInt(value) : undefined;
}

/** Upper half of the float32, rounded to nearest even; NaN stays NaN. */
function bfloat16Bits(value: number): number {
  const bits = new Uint32Array(Float32Array.of(value).buffer)[0] as number;
  if (Number.isNaN(value)) return 0x7fc0;
  return ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16) & 0xffff;
}
