/** `predict.mjs`: what a page of one's own imports. */
export const predictModule = `import factory from './model.mjs';
import { openVerified } from './slipway-edge.mjs';

let opening;

async function open() {
  const [bin, about] = await Promise.all([
    file('model.bin').then((response) => response.arrayBuffer()),
    file('model.json').then((response) => response.json()),
  ]);
  return openVerified({ factory, bin: new Uint8Array(bin), ...about });
}

async function file(name) {
  const response = await fetch(new URL(name, import.meta.url));
  if (!response.ok) throw new Error(\`\${name} could not be loaded: \${response.status}\`);
  return response;
}

function opened() {
  // A failed download may be tried again.
  opening ??= open().catch((error) => {
    opening = undefined;
    throw error;
  });
  return opening;
}

export async function load() {
  await opened();
}

export async function predict(rows, options) {
  return (await opened()).predict(rows, options);
}
`;

/** `app.mjs`: the form page. */
export const appScript = `import { showAnswer, showProblem } from './answer.js';
import { load, predict } from './predict.mjs';
import { rowForm } from './row-form.js';

const at = (id) => document.getElementById(id);
const model = JSON.parse(at('model').textContent);
const form = at('row');
const fields = rowForm(form, model);

load().then(
  () => (at('state').textContent = navigator.onLine ? 'ready' : 'ready, offline'),
  (error) => {
    at('state').textContent = 'not ready';
    showProblem(at('answer'), { detail: error.message, hint: error.hint ?? '' }, []);
  },
);

form.addEventListener('submit', async (event) => {
  event.preventDefault();
  fields.clearErrors();
  const row = fields.read();
  if (row === undefined) return;
  const started = performance.now();
  try {
    showAnswer(at('answer'), await predict(row));
    at('time').textContent = \`\${(performance.now() - started).toFixed(1)} ms\`;
  } catch (error) {
    at('time').textContent = '';
    showProblem(at('answer'), { detail: error.message, hint: error.hint ?? '', errors: error.errors ?? [] }, fields.placeErrors(error.errors ?? []));
  }
});
at('fill').addEventListener('click', () => fields.fill(model.example));
if (model.example === undefined) at('fill').hidden = true;

if ('serviceWorker' in navigator) {
  // Whatever goes wrong here, the page works: it is only not kept for later.
  const registered = await navigator.serviceWorker.register('sw.js').catch(() => undefined);
  registered?.addEventListener('updatefound', () => {
    const next = registered.installing;
    next?.addEventListener('statechange', () => {
      if (next.state === 'installed' && navigator.serviceWorker.controller) at('newer').hidden = false;
    });
  });
  if (registered?.waiting && navigator.serviceWorker.controller) at('newer').hidden = false;
  at('reload').addEventListener('click', () => {
    navigator.serviceWorker.addEventListener('controllerchange', () => location.reload());
    (registered?.waiting ?? registered?.installing)?.postMessage('take over');
  });
}
`;

/**
 * \`sw.js\`: keeps one whole set of files. A new set is fetched beside it and used only when all of it is there and the visitor asks for it,
 * so that code and data of two versions never meet.
 */
export function serviceWorker(stamp: string, files: readonly string[]): string {
  return `const prefix = \`slipway \${registration.scope} \`;
const current = prefix + '${stamp}';
const files = ${JSON.stringify(['./', ...files.filter((path) => path !== 'index.html')], null, 1)};

addEventListener('install', (event) => {
  const fresh = files.map((path) => new Request(path, { cache: 'reload' }));
  event.waitUntil(caches.open(current).then((cache) => cache.addAll(fresh)));
});

addEventListener('activate', (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) => names.filter((name) => name.startsWith(prefix) && name !== current))
      .then((names) => Promise.all(names.map((name) => caches.delete(name))))
      .then(() => clients.claim()),
  );
});

addEventListener('message', ({ data }) => {
  if (data === 'take over') skipWaiting();
});

addEventListener('fetch', (event) => {
  if (event.request.method !== 'GET') return;
  const url = new URL(event.request.url);
  if (!url.href.startsWith(registration.scope)) return;
  const path = url.pathname.endsWith('/index.html') ? './' : event.request;
  event.respondWith(
    caches.open(current).then(async (cache) => (await cache.match(path, { ignoreSearch: true })) ?? fetch(event.request)),
  );
});
`;
}

export function readme(label: string, digest: string): string {
  return `# ${label} in the browser

Copy the folder to any static host, below any address. \`index.html\` is a page with a form; it can be installed and works without a network
after the first visit. Package ${digest}.

In a page or app of your own:

    import { predict } from './predict.mjs';      // types are in predict.d.mts

    const answer = await predict(row);            // one row, or an array of rows

The model runs in the browser; rows stay there. Goldens of the package are replayed when the model is loaded: a browser that answers
differently gets an error, not an answer. No code is generated, so the page's content security policy needs no \`unsafe-eval\`.

A new version: build again into the same place. Visitors keep the version that they have until the new one is there completely, and
are asked then.
`;
}
