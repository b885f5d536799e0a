import { writeModule } from '@slipway/edge';
import type { Draft } from '@slipway/core/conversion';
import { writeZip } from '@slipway/core/formats';

/**
 * A model as JavaScript without a package manager: generated code, its data, the runtime, and a program that uses them.
 * `runtime` is `@slipway/edge` in one file.
 */
export function standalone({ converted, graph }: Draft, runtime: string, example: unknown): Uint8Array<ArrayBuffer> {
  const { signature, pre } = converted.imported;
  const { mjs, bin } = writeModule({ signature, graph });
  const text = (content: string) => new TextEncoder().encode(content);
  const json = (content: unknown) => text(`${JSON.stringify(content, null, 1)}\n`);
  return writeZip(
    new Map([
      ['README.md', text(readme)],
      ['example-row.json', json(example ?? null)],
      ['example.mjs', text(program)],
      ['model.bin', bin],
      ['model.mjs', text(mjs)],
      ['signature.json', json({ signature, pre: pre ?? null })],
      ['slipway-edge.mjs', text(runtime)],
    ]),
  );
}

const program = `import { readFileSync } from 'node:fs';
import factory from './model.mjs';
import { openPredictor } from './slipway-edge.mjs';

const read = (name) => readFileSync(new URL(name, import.meta.url));
const { signature, pre } = JSON.parse(read('signature.json'));
const predictor = openPredictor({ factory, bin: read('model.bin'), signature, pre });
console.log(JSON.stringify(predictor.predict(JSON.parse(read('example-row.json')))));
`;

const readme = `# A model as JavaScript

\`node example.mjs\` answers \`example-row.json\`. Nothing has to be installed, and no code is generated while it runs,
so it works in browsers, workers and lambdas that forbid that.

In a browser, load the data with \`fetch\`:

    import factory from './model.mjs';
    import { openPredictor } from './slipway-edge.mjs';

    const bin = new Uint8Array(await (await fetch('model.bin')).arrayBuffer());
    const { signature, pre } = await (await fetch('signature.json')).json();
    const predictor = openPredictor({ factory, bin, signature, pre });
    predictor.predict(row);                       // one row, or an array of rows

In a worker or lambda, \`predictor.fetch(request)\` answers a POST with JSON.
`;
