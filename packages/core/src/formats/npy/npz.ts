import type { Inflate } from '../compression/port.ts';
import { defaultLimits, type Limits } from '../limits/index.ts';
import type { NdArray } from '../python/index.ts';
import { readZip } from '../zip/index.ts';
import { readNpy } from './npy.ts';

/** Reads the arrays of a `.npz` file by name, without their `.npy` endings. Other files in it are left out. */
export function readNpz(
  bytes: Uint8Array,
  inflate: Inflate,
  options: Partial<Limits> = {},
): { readonly arrays: ReadonlyMap<string, NdArray>; readonly globals: ReadonlyMap<string, number> } {
  const limits: Limits = { ...defaultLimits, ...options };
  const arrays = new Map<string, NdArray>();
  const globals = new Map<string, number>();
  for (const entry of readZip(bytes, inflate, limits).entries.values()) {
    if (!entry.name.endsWith('.npy')) continue;
    const content = readNpy(entry.read(), limits);
    arrays.set(entry.name.slice(0, -4), content.array);
    for (const [path, count] of content.globals) globals.set(path, (globals.get(path) ?? 0) + count);
  }
  return { arrays, globals };
}
