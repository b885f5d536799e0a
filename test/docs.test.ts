import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { catalogue } from '@slipway/core/errors';
import { describe, expect, test } from 'vitest';
import { verbs } from '../packages/slipway/src/cli/verbs.ts';
import { generatedPages } from '../scripts/docs/pages.ts';
import { DocsShell } from './docs-console.ts';
import { matches, readPages, root, stepsOf, type Page } from './docs-pages.ts';

const pages = readPages();
const generated = await generatedPages();

test.for(Object.entries(generated))('%s is as `npm run docs` writes it', ([path, text]) => {
  const written = existsSync(join(root, path)) ? readFileSync(join(root, path), 'utf8').split('\n') : [];
  const first = text.split('\n').findIndex((line, at) => line !== written[at]);
  expect({ stale: first === -1 ? undefined : written[first] }).toEqual({ stale: undefined });
  expect(written.join('\n') === text).toBe(true);
});

describe('commands do what the page shows', () => {
  const runnable = pages.filter((page) => stepsOf(page).length > 0);
  test('there are some, and not too many to be quick', () => {
    const count = runnable.flatMap(stepsOf).length;
    expect(count).toBeGreaterThan(20);
    expect(count).toBeLessThanOrEqual(140);
  });

  test.for(runnable)('$path', { timeout: 60_000 }, async (page) => {
    await using shell = await DocsShell.open();
    for (const { command, expected, line } of stepsOf(page)) {
      const { code, output } = await shell.run(command);
      const shown = `${page.path}:${line}: ${command}\n${output}`;
      if (expected !== undefined && !matches(output, expected)) expect(shown).toBe(expected);
      expect(code, shown).toBe(/^error\[USAGE\]/m.test(expected ?? '') ? 2 : /^error\[/m.test(expected ?? '') ? 1 : 0);
    }
  });
});

test('… stands for anything, everything else for itself', () => {
  expect(matches('a (b)\nc\n', 'a (b)\n…')).toBe(true);
  expect(matches('a\nb\nc', 'a\n…\nc')).toBe(true);
  expect(matches('a\nb', 'a')).toBe(false);
  expect(matches('axb', 'a.b')).toBe(false);
});

test.for(pages)('$path: every link leads somewhere', (page) => {
  const wrong = linksOf(page).filter(([path, anchor]) => {
    const target = path === '' ? page.path : join(dirname(page.path), path);
    if (!existsSync(join(root, target))) return true;
    return anchor !== undefined && !anchorsOf(readFileSync(join(root, target), 'utf8')).has(anchor);
  });
  expect(wrong).toEqual([]);
});

test('every file that a command or a text names is there', () => {
  const named = pages.flatMap(({ path, text }) =>
    [...text.matchAll(/(?<![\w/…])(?:examples|fixtures|python)\/[\w./-]*\w/g)].map(([file]) => ({ path, file })),
  );
  expect(named.length).toBeGreaterThan(10);
  expect(named.filter(({ file }) => !existsSync(join(root, file)))).toEqual([]);
});

test('every page of docs/ can be reached from docs/README.md', () => {
  const reached = new Set(['docs/README.md']);
  for (const path of reached) {
    const page = pages.find((one) => one.path === path);
    for (const [link] of page ? linksOf(page) : [])
      if (link.endsWith('.md')) reached.add(join(dirname(path), link).replaceAll('\\', '/'));
  }
  expect(pages.map(({ path }) => path).filter((path) => path.startsWith('docs/') && !reached.has(path))).toEqual([]);
});

test('how-to pages are short', () => {
  const long = pages.filter(({ path, text }) => path.startsWith('docs/how-to/') && text.split('\n').length > 61);
  expect(long.map(({ path }) => path)).toEqual([]);
});

test('the reference has every error and every command', () => {
  const errors = pages.find(({ path }) => path === 'docs/reference/errors.md')?.text ?? '';
  expect(Object.keys(catalogue).filter((code) => !errors.includes(`## ${code}\n`))).toEqual([]);
  const cli = pages.find(({ path }) => path === 'docs/reference/cli.md')?.text ?? '';
  expect(Object.keys(verbs.load).filter((name) => !cli.includes(`## slipway ${name}\n`))).toEqual([]);
});

test('codes that pages name are in the catalogue', () => {
  const named = pages.flatMap(({ path, text }) =>
    [...text.matchAll(/(?:`|error\[)([A-Z]+(?:_[A-Z]+)+)(?:`|\])/g)].map(([, code = '']) => ({ path, code })),
  );
  const wrong = named.filter(
    ({ code }) => !Object.hasOwn(catalogue, code) && !/^(SLIPWAY|NO|AIP|OTEL|AWS|MLFLOW)_/.test(code),
  );
  expect(wrong).toEqual([]);
});

test('pages name no registry and no machine', () => {
  const forbidden = /registry\.npmjs|pypi\.org|files\.pythonhosted|(?<![\w.])\/(?:w[o]rk|root|home|tmp)\//;
  const wrong = pages.flatMap(({ path, text }) =>
    text.split('\n').flatMap((line) => (forbidden.test(line) ? [`${path}: ${line}`] : [])),
  );
  expect(wrong).toEqual([]);
});

/** Relative links and images: path and anchor. */
function linksOf({ text }: Page): [path: string, anchor: string | undefined][] {
  return [...withoutCode(text).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, link = '']) => link)
    .filter((link) => !/^[a-z]+:/.test(link))
    .map((link) => {
      const [path = '', anchor] = link.split('#');
      return [path, anchor];
    });
}

/** Anchors as GitHub makes them from headings. */
function anchorsOf(text: string): Set<string> {
  const headings = [...withoutCode(text).matchAll(/^#+ (.*)$/gm)].map(([, title = '']) => title);
  return new Set(
    headings.map((title) =>
      title
        .toLowerCase()
        .replaceAll(/[^\w\- ]/g, '')
        .replaceAll(' ', '-'),
    ),
  );
}

function withoutCode(text: string): string {
  return text.replaceAll(/^```[^]*?^```$/gm, '').replaceAll(/`[^`\n]*`/g, '``');
}
