import { convertPath, type NavigationGroup } from './layout.ts';
import { htmlPath } from './markdown.ts';

/** Groups by the folders of docs/, in the order in which its README names the pages; every page must be named there. */
export function navigationOf(
  readme: string,
  pages: readonly { readonly path: string; readonly title: string }[],
): NavigationGroup[] {
  const named = [...readme.matchAll(/\]\(([\w/-]+\.md)\)/g)].map(([, path = '']) => path);
  const forgotten = pages.filter(({ path }) => path !== 'README.md' && !named.includes(path));
  if (forgotten.length > 0)
    throw new Error(`docs/README.md does not name ${forgotten.map(({ path }) => path).join(', ')}`);
  const inOrder = [...new Set(named)].flatMap((path) => pages.find((page) => page.path === path) ?? []);
  const group = (title: string, prefix: string) => ({
    title,
    pages: inOrder
      .filter(({ path }) => (prefix === '' ? !path.includes('/') : path.startsWith(prefix)))
      .map((page) => ({ path: htmlPath(page.path), title: page.title })),
  });
  const start = group('Start', '');
  return [
    {
      ...start,
      pages: [{ path: 'index.html', title: 'Overview' }, ...start.pages, { path: convertPath, title: 'Convert here' }],
    },
    group('How to', 'how-to/'),
    group('Reference', 'reference/'),
    group('Explanation', 'explanation/'),
  ];
}
