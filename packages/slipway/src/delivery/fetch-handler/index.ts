import { edgeFiles } from '../edge-files.ts';
import { deliveryTarget, labelOf } from '../target.ts';

/** A module with `fetch(request)`: Cloudflare Workers, Deno, Bun, Vercel and Netlify at the edge. */
export const fetchHandler = deliveryTarget({
  id: 'fetch-handler',
  title: 'Fetch handler',
  summary: 'an ES module with fetch(request) for Cloudflare Workers, Deno, Bun and other hosts at the edge',
  options: {
    goldens: { type: 'number', value: 'N', help: 'Most goldens to replay when the module is loaded.', default: 10 },
  },

  plan(model, { goldens }) {
    const { 'model.bin': bin, 'model.json': about, ...files } = edgeFiles(model, 'fetch-handler', goldens);
    return {
      files: {
        ...files,
        // Hosts differ in how they import data; text is the same for all.
        'model-data.mjs': dataModule(bin),
        'model-about.mjs': `export default ${about}`,
        'worker.mjs': worker,
        'wrangler.json': wrangler(model.name),
        'README.md': readme(labelOf(model), model.pkg.digest),
      },
      steps: [{ title: 'deploy the worker', when: 'deploy', run: ['npx', '--yes', 'wrangler', 'deploy'] }],
      notes: ['The worker answers everybody who knows its address: put access rules of the host before it.'],
    };
  },
});

function dataModule(bin: Uint8Array): string {
  const base64 = Buffer.from(bin.buffer, bin.byteOffset, bin.byteLength).toString('base64');
  return `export default Uint8Array.from(atob('${base64}'), (letter) => letter.charCodeAt(0));\n`;
}

const worker = `import about from './model-about.mjs';
import bin from './model-data.mjs';
import factory from './model.mjs';
import { openHost } from './slipway-edge.mjs';

// Goldens are replayed here: a host that answers differently does not load the module.
const answer = openHost({ factory, bin, ...about, report: (error) => console.error(error) });
export default { fetch: (request) => answer(request) };
`;

function wrangler(name: string): string {
  const settings = {
    name: name
      .toLowerCase()
      .replaceAll(/[^a-z0-9-]/g, '-')
      .slice(0, 63),
    main: 'worker.mjs',
    compatibility_date: '2026-01-01',
    rules: [{ type: 'ESModule', globs: ['**/*.mjs'] }],
    no_bundle: true,
    observability: { enabled: true },
  };
  return `${JSON.stringify(settings, null, 2)}\n`;
}

function readme(label: string, digest: string): string {
  return `# ${label} at the edge

\`worker.mjs\` has \`fetch(request)\`. It is plain JavaScript without \`new Function\` and without native code. Package ${digest}.

| Host | Command |
|---|---|
| Cloudflare Workers | \`npx wrangler deploy\` (settings in wrangler.json) |
| Deno | \`deno serve worker.mjs\` |
| Bun | \`bun run worker.mjs\` |
| anything with fetch | \`import worker from './worker.mjs'; await worker.fetch(request)\` |

\`POST /predict\` (or \`/\`) takes a row or an array of rows as JSON. \`GET /healthz\` tells the model, \`GET /signature\` what a row is.
`;
}
