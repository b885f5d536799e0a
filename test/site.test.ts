import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { brokenLinks } from '../site/links.ts';
import { htmlPath, render } from '../site/markdown.ts';
import { navigationOf } from '../site/navigation.ts';

const repository = 'https://example.org/repository';
const body = (text: string, path = 'how-to/serve.md') => render(text, path, repository).body;

test.for<[text: string, link: string]>([
  ['[a](import.md)', 'href="import.html"'],
  ['[a](../README.md#reference)', 'href="../index.html#reference"'],
  ['[a](../../CONTRIBUTING.md)', 'href="https://example.org/repository/blob/main/CONTRIBUTING.md"'],
  ['[a](https://example.org/x)', 'href="https://example.org/x"'],
  ['[a](#limits)', 'href="#limits"'],
])('%s leads to %s', ([text, link]) => expect(body(text)).toContain(link));

test('headings have the anchors of GitHub, each once', () => {
  const { title, body: markup } = render('# A `b` & c\n\n## Same\n\n## Same\n', 'x.md', repository);
  expect(title).toBe('A b & c');
  expect([...markup.matchAll(/<h\d id="([^"]*)"/g)].map(([, id]) => id)).toEqual(['a-b--c', 'same', 'same-1']);
});

test('code is text, commands stand out, comments are gone', () => {
  const markup = body('<!-- $ secret -->\n```console\n$ echo "<b>"\n<i>\n```\n');
  expect(markup).toContain('<b>echo &#34;&#60;b&#62;&#34;</b>');
  expect(markup).toContain('&#60;i&#62;');
  expect(markup).not.toContain('secret');
});

test('pages are named by their path; one that the README forgets stops the build', () => {
  expect(['README.md', 'how-to/serve.md', 'a/README.md'].map(htmlPath)).toEqual([
    'index.html',
    'how-to/serve.html',
    'a/index.html',
  ]);
  const pages = [
    { path: 'README.md', title: 'Docs' },
    { path: 'how-to/serve.md', title: 'Serve' },
  ];
  expect(navigationOf('[s](how-to/serve.md)', pages)[1]).toEqual({
    title: 'How to',
    pages: [{ path: 'how-to/serve.html', title: 'Serve' }],
  });
  expect(() => navigationOf('', pages)).toThrow('docs/README.md does not name how-to/serve.md');
});

test('links that lead nowhere are found, anchors included', () => {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-links-'));
  mkdirSync(join(folder, 'a'));
  writeFileSync(join(folder, 'index.html'), '<h1 id="top"></h1><a href="a/b.html#here"></a><a href="a/c.html"></a>');
  writeFileSync(join(folder, 'a/b.html'), '<a href="../index.html#top"></a><a href="#no"></a><img src="/x.png" />');
  expect(brokenLinks(folder).toSorted()).toEqual(
    [
      `${join('a', 'b.html')} → #no`,
      `${join('a', 'b.html')} → /x.png`,
      'index.html → a/b.html#here',
      'index.html → a/c.html',
    ].toSorted(),
  );
  rmSync(folder, { recursive: true });
});
