import { html } from './html.ts';
import { page } from './layout.ts';

/** What a browser shows when no key was given: how to get in. */
export function keyPage(version: string): string {
  const main = html`<section class="model"><h1>This server needs a key</h1></section>
    <div class="card">
      <p>
        Reload this page and enter a key that starts with <code>slw_</code> as the password; the user name may be empty.
      </p>
      <p>The key needs the scopes <code>read</code> and <code>predict</code>. Whoever runs the server makes one:</p>
      <pre><code>slipway keys create my-browser --scope read,predict</code></pre>
      <p>Programs send it as <code>Authorization: Bearer slw_…</code> or <code>X-API-Key: slw_…</code>.</p>
    </div>`;
  return page({ title: 'Key needed · Slipway', current: 'predict', version, main });
}
