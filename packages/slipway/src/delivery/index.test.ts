import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { samplePackage } from '../../../../test/sample-package.ts';
import { testTarget } from './conformance.ts';
import type { GivenOptions } from './options.ts';
import { targets } from './targets.ts';

const model = { pkg: samplePackage(2), name: 'sum', version: 3 };

/** What targets cannot do without, and what makes them quick. */
const needed: Readonly<Record<string, GivenOptions>> = {
  // Packing Node takes seconds; the suite with containers does it.
  'oci-image': { format: 'dockerfile' },
  kserve: { container: 'registry.example/team/sum:3' },
  kubernetes: { container: 'registry.example/team/sum:3' },
};

for (const [id, load] of Object.entries(targets)) testTarget(await load(), model, needed[id]);

describe('the list of targets', () => {
  test('has a line for each folder, and each is called like its folder', async () => {
    const folders = readdirSync(import.meta.dirname, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    const own = folders.map(({ name }) => name).filter((name) => !parts.has(name));
    expect(Object.keys(targets).toSorted()).toEqual(own.toSorted());
    for (const [id, load] of Object.entries(targets)) expect((await load()).id).toBe(id);
  });
});

/** Folders that several targets use. */
const parts = new Set<string>([]);
