import { exampleRow } from '@slipway/core/signature';
import { rowFields } from '../../server/pages/fields.ts';
import { html, jsonBlock } from '../../server/pages/html.ts';
import { labelOf, type DeliveredModel } from '../target.ts';

/** `index.html`: the form of the server's first page, answered by the browser itself. */
export function page(model: DeliveredModel, title: string): string {
  const { manifest, digest } = model.pkg;
  const { signature } = manifest;
  const data = { form: signature.form, width: signature.columns.length, example: exampleRow(signature) };
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="theme-color" content="#0b6e6e" />
        <meta
          http-equiv="Content-Security-Policy"
          content="default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'none'"
        />
        <title>${title}</title>
        <link rel="icon" href="icon.svg" type="image/svg+xml" />
        <link rel="manifest" href="manifest.webmanifest" />
        <link rel="stylesheet" href="page.css" />
        <script type="module" src="app.mjs"></script>
      </head>
      <body>
        <a class="skip" href="#main">Skip to the content</a>
        <header class="top">
          <span class="brand"><img src="icon.svg" alt="" width="28" height="28" /> ${title}</span>
        </header>
        <main id="main" tabindex="-1">
          <p class="notice" id="newer" aria-live="polite" hidden>
            A newer version is ready. <button type="button" class="quiet" id="reload">Load it</button>
          </p>
          <section class="model" aria-labelledby="name">
            <h1 id="name">${title}</h1>
            <p class="facts">
              <span>${labelOf(model)}</span><span>${manifest.source.what}</span
              ><span title="${digest}">digest <code>${digest.replace('sha256:', '').slice(0, 12)}</code></span
              ><span id="state" aria-live="polite">loading</span>
            </p>
          </section>
          <div class="columns">
            <form class="card" id="row" novalidate aria-labelledby="row-title">
              <div class="card-title">
                <h2 id="row-title">One row</h2>
                <button type="button" id="fill" class="quiet">Fill with an example</button>
              </div>
              ${rowFields(signature)}
              <div class="actions">
                <button type="submit" class="primary" id="predict">Predict</button
                ><button type="reset" class="quiet">Clear</button>
              </div>
            </form>
            <section class="card answer" aria-labelledby="answer-title">
              <div class="card-title">
                <h2 id="answer-title">Answer</h2>
                <span class="time" id="time"></span>
              </div>
              <div id="answer" aria-live="polite">
                <p class="empty">Fill in the row and press Predict. Nothing that you enter leaves this device.</p>
              </div>
            </section>
          </div>
          <noscript><p class="notice">This page needs JavaScript: the model runs in it.</p></noscript>
          <script type="application/json" id="model">
            ${jsonBlock(data)}
          </script>
        </main>
      </body>
    </html> `.text;
}
