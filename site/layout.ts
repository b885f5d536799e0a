import { posix } from 'node:path';
import { html, type Html } from '../packages/slipway/src/server/pages/html.ts';

export interface NavigationPage {
  /** Of the HTML file, below the site. */
  readonly path: string;
  readonly title: string;
}

export interface NavigationGroup {
  readonly title: string;
  readonly pages: readonly NavigationPage[];
}

export const convertPath = 'convert/index.html';

interface PageOptions {
  readonly path: string;
  readonly title: string;
  readonly main: Html;
  readonly navigation: readonly NavigationGroup[];
  readonly repository: string;
  /** Content security policy; nothing may run by default. */
  readonly policy?: string;
  readonly scripts?: readonly string[];
  /** Beside the navigation, or in the whole width. */
  readonly isWide?: boolean;
}

/** Pages load nothing from elsewhere and run nothing. */
const still = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'";

/** The frame of every page of the site. All links are relative: the site works below any address. */
export function page({
  path,
  title,
  main,
  navigation,
  repository,
  policy = still,
  scripts = [],
  isWide = false,
}: PageOptions): string {
  const to = (target: string) => relativeLink(path, target);
  const current = (target: string) => (target === path ? html` aria-current="page"` : '');
  const list = html`${navigation.map(
    (group) =>
      html`<h2>${group.title}</h2>
        <ul>
          ${group.pages.map((each) => html`<li><a href="${to(each.path)}" ${current(each.path)}>${each.title}</a></li>`)}
        </ul>`,
  )}`;
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${policy}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="referrer" content="no-referrer" />
        <title>${title === 'Slipway' ? title : `${title} · Slipway`}</title>
        <link rel="icon" href="${to('assets/icon.svg')}" type="image/svg+xml" />
        <link rel="stylesheet" href="${to('assets/page.css')}" />
        <link rel="stylesheet" href="${to('assets/site.css')}" />
        ${scripts.map((script) => html`<script type="module" src="${to(script)}"></script>`)}
      </head>
      <body class="${isWide ? 'wide' : 'docs'}">
        <a class="skip" href="#main">Skip to the content</a>
        <header class="top">
          <a class="brand" href="${to('index.html')}"
            ><img src="${to('assets/icon.svg')}" alt="" width="28" height="28" /> Slipway</a
          >
          <nav aria-label="Site">
            <a href="${to('index.html')}" ${isWide ? '' : html` aria-current="true"`}>Docs</a>
            <a href="${to(convertPath)}" ${current(convertPath)}>Convert</a>
          </nav>
          <a class="version" href="${repository}">GitHub</a>
        </header>
        ${
          isWide
            ? ''
            : html`<nav class="contents" aria-label="Documentation">
                <details>
                  <summary>Contents</summary>
                  ${list}
                </details>
                <div class="list">${list}</div>
              </nav>`
        }
        <main id="main" tabindex="-1">${main}</main>
      </body>
    </html> `.text;
}

/** From one file of the site to another; a folder's page is linked by its file, because plain hosts differ in slashes. */
export function relativeLink(from: string, to: string): string {
  return posix.relative(posix.dirname(from), to) || posix.basename(to);
}
