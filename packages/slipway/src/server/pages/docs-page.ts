import { html } from './html.ts';
import { page } from './layout.ts';

/** `/docs`: the frame; its script shows the OpenAPI document. */
export function docsPage(version: string): string {
  const main = html`<section class="model">
      <h1>API</h1>
      <p class="facts">
        <span>Every route can be tried here.</span><span><a href="/openapi.json">openapi.json</a> (OpenAPI 3.1)</span>
      </p>
    </section>
    <div id="operations"><p class="empty">Loading…</p></div>
    <noscript
      ><p class="notice">This page needs JavaScript; <a href="/openapi.json">openapi.json</a> does not.</p></noscript
    >`;
  return page({ title: 'API · Slipway', current: 'docs', version, main, script: 'docs.js' });
}
