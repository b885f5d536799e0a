import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { writeZip } from '@slipway/core/formats';
import type { Step } from './plan.ts';

/** Packs a folder of a delivery as a zip beside it: sorted, without times, so that the same files give the same bytes. */
export function zipStep(folder: string, archive: string): Step {
  return {
    title: `pack ${archive}`,
    when: 'build',
    async act({ folder: home }) {
      const root = join(home, folder);
      const names = (await readdir(root, { recursive: true, withFileTypes: true }))
        .filter((entry) => entry.isFile())
        .map((entry) =>
          join(entry.parentPath, entry.name)
            .slice(root.length + 1)
            .replaceAll('\\', '/'),
        )
        .toSorted();
      const files = new Map<string, Uint8Array>();
      for (const name of names) files.set(name, await readFile(join(root, name)));
      const bytes = writeZip(files, (content) => deflateRawSync(content, { level: 9 }));
      await writeFile(join(home, archive), bytes);
      return { archive, bytes: bytes.length };
    },
  };
}
