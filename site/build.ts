/**
 * Builds the documentation as a static site, with the page that converts models:
 *
 *   npm run docs:site [FOLDER]      (dist/site by default)
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { html, Html } from '../packages/slipway/src/server/pages/html.ts';
import { bundleConvert, root, serverPages } from './bundle.ts';
import { convertMain, policy } from './convert/page.ts';
import { convertPath, page, relativeLink } from './layout.ts';
import { brokenLinks } from './links.ts';
import { htmlPath, render } from './markdown.ts';
import { navigationOf } from './navigation.ts';

const repository = 'https://github.com/slipway-ml/slipway';
const target = resolve(process.argv[2] ?? join(root, 'dist/site'));
// A server may be reading the older site: the new one takes its place when it is whole.
const out = `${target}.${process.pid}`;
const files = new Map<string, string | Uint8Array>();
const docs = join(root, 'docs');
const pages = readdirSync(docs, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && entry.name.endsWith('.md'))
  .map((entry) => relative(docs, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
  .toSorted()
  .map((path) => ({ path, ...render(readFileSync(join(docs, path), 'utf8'), path, repository) }));
const navigation = navigationOf(readFileSync(join(docs, 'README.md'), 'utf8'), pages);

for (const { path, title, body } of pages) {
  const file = htmlPath(path);
  const main = html`${path === 'README.md' ? invitation(file) : ''}
    <article>${new Html(body)}</article>`;
  write(file, page({ path: file, title, main, navigation, repository }));
}
const script = await bundleConvert();
const scriptPath = `assets/convert-${createHash('sha256').update(script).digest('hex').slice(0, 10)}.js`;
write(scriptPath, script);
write(
  convertPath,
  page({
    path: convertPath,
    title: 'Convert a model in your browser',
    main: convertMain(relativeLink(convertPath, 'how-to/convert-in-the-browser.html')),
    navigation,
    repository,
    policy,
    scripts: [scriptPath],
    isWide: true,
  }),
);
for (const name of ['page.css', 'icon.svg']) copy(join(serverPages, name), `assets/${name}`);
copy(join(root, 'site/site.css'), 'assets/site.css');
for (const name of readdirSync(join(docs, 'images'))) copy(join(docs, 'images', name), `images/${name}`);

for (const [path, content] of files) {
  mkdirSync(dirname(join(out, path)), { recursive: true });
  writeFileSync(join(out, path), content);
}
const broken = brokenLinks(out);
for (const link of broken) process.stderr.write(`broken link: ${link}\n`);
if (broken.length > 0) process.exitCode = 1;
rmSync(target, { recursive: true, force: true });
renameSync(out, target);
const size = gzipSync(script, { level: 9 }).length;
process.stdout.write(
  `${relative(root, target)}: ${pages.length + 1} pages; the converter ${(size / 1000).toFixed(0)} kB gzipped\n`,
);

/** The first page leads to the page that converts. */
function invitation(from: string): Html {
  return html`<aside class="invitation">
    <div>
      <b>Have a model file?</b> Drop it into this page: it is read in your browser, and nothing leaves your machine.
    </div>
    <a class="button" href="${relativeLink(from, convertPath)}">Convert a model</a>
  </aside>`;
}

function write(path: string, content: string): void {
  files.set(path, content);
}

function copy(from: string, path: string): void {
  files.set(path, readFileSync(from));
}
