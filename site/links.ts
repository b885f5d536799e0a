import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

/** Links, images, styles and scripts of a built site that lead nowhere, anchors included: `page → link`. */
export function brokenLinks(site: string): string[] {
  const files = readdirSync(site, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.html'))
    .map((entry) => join(entry.parentPath, entry.name));
  const texts = new Map(files.map((file) => [file, readFileSync(file, 'utf8')]));
  return files.flatMap((file) => {
    const links = [...(texts.get(file) ?? '').matchAll(/\s(?:href|src)="([^"]*)"/g)].map(([, link = '']) => link);
    return [...new Set(links)]
      .filter((link) => !/^[a-z]+:/i.test(link))
      .filter((link) => {
        const [path = '', anchor] = link.split('#');
        const target = path === '' ? file : resolve(dirname(file), decodeURIComponent(path));
        if (link.startsWith('/') || !existsSync(target)) return true;
        return anchor !== undefined && !texts.get(target)?.includes(` id="${anchor}"`);
      })
      .map((link) => `${relative(site, file)} → ${link}`);
  });
}
