import type { Elements } from './elements.ts';
import type { TensorSpec } from './signature.ts';

/** `{"b64": "…"}`, as TensorFlow Serving and KServe write bytes. */
export function isPicture(value: unknown): value is { readonly b64: string } {
  return (
    typeof value === 'object' &&
    value !== null &&
    'b64' in value &&
    typeof value.b64 === 'string' &&
    Object.keys(value).length === 1
  );
}

/** Nested arrays as deep as the pixels of one picture. */
export function isPixels(value: unknown, { image }: TensorSpec): boolean {
  let depth = 0;
  for (let level = value; Array.isArray(level); level = level[0]) depth++;
  return depth > 0 && depth === image?.shape.length;
}

/** Pictures in JSON: text goes on as it is, pixels as JSON text, which no base64 begins like. */
export function pictures({ shape }: NonNullable<TensorSpec['image']>): Elements {
  return {
    expected: `picture as base64 text, or ${shape.map((dim) => dim ?? 'any').join(' × ')} numbers`,
    of(value) {
      if (typeof value === 'string') return value === '' || value.startsWith('[') ? undefined : value;
      if (isPicture(value)) return value.b64.startsWith('[') ? undefined : value.b64;
      return isNested(value, shape, 0, []) ? JSON.stringify(value) : undefined;
    },
    data: (values) => values as readonly string[],
  };
}

/** Numbers in the given shape; free sizes are those of the first element. */
function isNested(value: unknown, shape: readonly (number | null)[], level: number, sizes: number[]): boolean {
  if (level === shape.length) return typeof value === 'number' && Number.isFinite(value);
  if (!Array.isArray(value) || value.length === 0) return false;
  const size = (sizes[level] ??= shape[level] ?? value.length);
  return value.length === size && value.every((child) => isNested(child, shape, level + 1, sizes));
}
