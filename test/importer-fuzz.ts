import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { SlipwayError } from '@slipway/core/errors';
import { importModel } from '@slipway/core/importers';
import { seededRandom } from '@slipway/core/ir';
import { compileRows } from '@slipway/core/signature';
import { nodeInflate } from '../packages/slipway/src/stores/inflate.ts';
import { fixturesFolder, type Golden } from './fixtures.ts';

/** What one mutation did to a file, to find it again. */
export interface Crash {
  readonly file: string;
  readonly seed: number;
  readonly error: string;
}

export interface Original {
  readonly name: string;
  readonly bytes: Uint8Array;
}

const LARGEST = 200_000;

/** Real model files that are small enough to be imported often. */
export function originals(): Original[] {
  return ['models', 'extra'].flatMap((group) =>
    readdirSync(join(fixturesFolder, group)).flatMap((name) => {
      const golden = join(fixturesFolder, group, name, 'golden.json');
      if (!existsSync(golden)) return [];
      const { file, also = [] } = JSON.parse(readFileSync(golden, 'utf8')) as Golden;
      return [file, ...also.map((other) => other.file)].flatMap((one) => {
        const path = join(fixturesFolder, group, name, one);
        if (statSync(path).isDirectory() || statSync(path).size > LARGEST) return [];
        return [{ name: one, bytes: new Uint8Array(readFileSync(path)) }];
      });
    }),
  );
}

/**
 * Cuts, flips, enlarges and splices real model files until the time is over, and imports what comes out. Only coded errors
 * may come; whatever still imports must have a signature that can be compiled.
 */
export function fuzzImporters(
  seconds: number,
  firstSeed: number,
): { readonly tried: number; readonly crashes: readonly Crash[] } {
  const files = originals();
  const crashes: Crash[] = [];
  const end = performance.now() + seconds * 1000;
  let tried = 0;
  for (let seed = firstSeed; performance.now() < end; seed++, tried++) {
    const random = seededRandom(seed);
    const pick = (): Original => files[Math.floor(random() * files.length)] as Original;
    const original = pick();
    const bytes = mutate(original.bytes, pick().bytes, random);
    try {
      const began = performance.now();
      const { signature } = importModel({ name: original.name, bytes }, { inflate: nodeInflate });
      compileRows(signature);
      if (performance.now() - began > 20_000) crashes.push({ file: original.name, seed, error: 'took more than 20 s' });
    } catch (error) {
      if (error instanceof SlipwayError) continue;
      crashes.push({
        file: original.name,
        seed,
        error: error instanceof Error ? (error.stack ?? error.message) : String(error),
      });
    }
  }
  return { tried, crashes };
}

function mutate(bytes: Uint8Array, other: Uint8Array, random: () => number): Uint8Array {
  const at = (length: number): number => Math.floor(random() * length);
  let result = Uint8Array.from(bytes);
  for (let left = 1 + at(4); left > 0; left--) {
    switch (at(5)) {
      case 0:
        result = result.slice(0, at(result.length));
        break;
      case 1:
        for (let flips = 1 + at(8); flips > 0 && result.length; flips--) result[at(result.length)] = at(256);
        break;
      case 2: {
        const start = at(result.length);
        const piece = other.subarray(at(other.length)).subarray(0, 64);
        result = joined(result.subarray(0, start), piece, result.subarray(start));
        break;
      }
      case 3:
        // A number that lies: eight bytes become huge, or negative.
        if (result.length > 8) {
          const start = at(result.length - 8);
          result.fill(random() < 0.5 ? 0xff : 0x7f, start, start + 8);
        }
        break;
      default: {
        const start = at(result.length);
        result = joined(result.subarray(0, start), result.subarray(start + 1 + at(16)));
      }
    }
  }
  return result;
}

function joined(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
