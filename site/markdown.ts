import { posix } from 'node:path';
import { Marked, type Token, type Tokens } from 'marked';

/** A page of docs/, rendered. */
export interface Rendered {
  readonly title: string;
  readonly body: string;
  /** Headings of the second level, for the page's own contents. */
  readonly headings: readonly { readonly text: string; readonly id: string }[];
}

/**
 * Renders a page. `path` is below docs/, and links between pages become links between HTML files; what lies outside of docs/
 * leads to `repository`.
 */
export function render(text: string, path: string, repository: string): Rendered {
  const ids = new Set<string>();
  const headings: { text: string; id: string }[] = [];
  let title = 'Slipway';
  const marked = new Marked({
    gfm: true,
    renderer: {
      heading({ tokens, depth }) {
        const plain = plainText(tokens);
        const id = anchor(plain, ids);
        if (depth === 1) title = plain;
        if (depth === 2) headings.push({ text: plain, id });
        const link = depth === 1 ? '' : ` <a class="anchor" href="#${id}" aria-label="Link to ${escape(plain)}">#</a>`;
        return `<h${depth} id="${id}">${this.parser.parseInline(tokens)}${link}</h${depth}>\n`;
      },
      link({ href, tokens }) {
        return `<a href="${escape(target(href, path, repository))}">${this.parser.parseInline(tokens)}</a>`;
      },
      code({ text: code, lang }) {
        const body = lang === 'console' ? code.split('\n').map(consoleLine).join('\n') : escape(code);
        return `<pre tabindex="0"${lang ? ` data-language="${escape(lang)}"` : ''}><code>${body}</code></pre>\n`;
      },
      table(token: Tokens.Table) {
        const row = (cells: readonly Tokens.TableCell[], tag: string) =>
          `<tr>${cells.map((cell) => `<${tag}>${this.parser.parseInline(cell.tokens)}</${tag}>`).join('')}</tr>`;
        const isHeadless = token.header.every(({ tokens }) => plainText(tokens).trim() === '');
        const head = isHeadless ? '' : `<thead>${row(token.header, 'th')}</thead>`;
        const body = token.rows.map((cells) => row(cells, 'td')).join('\n');
        return `<div class="scroll" tabindex="0" role="region" aria-label="Table"><table>${head}<tbody>${body}</tbody></table></div>\n`;
      },
    },
  });
  const body = marked.parse(text.replaceAll(/^<!--[^]*?-->\n/gm, ''), { async: false });
  return { title, body, headings };
}

/** Commands stand out from what they print. */
function consoleLine(line: string): string {
  if (!line.startsWith('$ ')) return `<span class="output">${escape(line)}</span>`;
  return `<span class="prompt" aria-hidden="true">$ </span><b>${escape(line.slice(2))}</b>`;
}

/** Anchors as GitHub makes them from headings, each once. */
function anchor(text: string, ids: Set<string>): string {
  const plain = text
    .toLowerCase()
    .replaceAll(/[^\w\- ]/g, '')
    .replaceAll(' ', '-');
  let id = plain;
  for (let n = 1; ids.has(id); n++) id = `${plain}-${n}`;
  ids.add(id);
  return id;
}

function target(href: string, path: string, repository: string): string {
  if (/^[a-z]+:/i.test(href) || href.startsWith('#')) return href;
  const [file = '', hash] = href.split('#');
  const absolute = posix.normalize(posix.join('docs', posix.dirname(path), file));
  const rest = hash === undefined ? '' : `#${hash}`;
  if (!absolute.startsWith('docs/')) return `${repository}/blob/main/${absolute}${rest}`;
  return `${htmlPath(file)}${rest}`;
}

/** `how-to/serve.md` → `how-to/serve.html`; a README is the page of its folder. */
export function htmlPath(path: string): string {
  return path.replace(/(^|\/)README\.md$/, '$1index.html').replace(/\.md$/, '.html');
}

function plainText(tokens: readonly Token[]): string {
  return tokens
    .map((token) =>
      'tokens' in token && token.tokens ? plainText(token.tokens) : 'text' in token ? String(token.text) : '',
    )
    .join('');
}

function escape(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
