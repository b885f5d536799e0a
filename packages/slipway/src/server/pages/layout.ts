import { html, type Html } from './html.ts';
import { convertPath, siteFolder } from './site.ts';

/** The frame of every page. */
export function page({
  title,
  current,
  version,
  main,
  script,
}: {
  title: string;
  current: 'predict' | 'docs';
  version: string;
  main: Html;
  script?: string | undefined;
}): string {
  const link = (href: string, name: typeof current, text: string): Html =>
    html`<a href="${href}" ${name === current ? html` aria-current="page"` : ''}>${text}</a>`;
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title}</title>
        <link rel="icon" href="/ui/icon.svg" type="image/svg+xml" />
        <link rel="stylesheet" href="/ui/page.css" />
        ${script !== undefined && html`<script type="module" src="/ui/${script}"></script>`}
      </head>
      <body>
        <a class="skip" href="#main">Skip to the content</a>
        <header class="top">
          <a class="brand" href="/"><img src="/ui/icon.svg" alt="" width="28" height="28" /> Slipway</a>
          <nav aria-label="Pages">
            ${link('/', 'predict', 'Predict')} ${link('/docs', 'docs', 'API')}
            ${siteFolder() ? html`<a href="${convertPath}">Convert</a>` : ''}
          </nav>
          <span class="version">${version}</span>
        </header>
        <main id="main" tabindex="-1">${main}</main>
      </body>
    </html> `.text;
}
