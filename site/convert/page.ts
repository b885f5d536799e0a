import { html, type Html } from '../../packages/slipway/src/server/pages/html.ts';

/**
 * Nothing may be loaded or sent: there is no `connect-src`, and forms lead nowhere. The worker is made of the page's own text, so
 * this policy binds it too. `unsafe-eval` is for the code that the model becomes; no text of the model is in it.
 */
export const policy =
  "default-src 'none'; script-src 'self' 'unsafe-eval'; worker-src blob:; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'";

/** The page that converts, before a file is there. */
export function convertMain(guide: string): Html {
  return html`<section class="hero">
      <h1>Convert a model in your browser</h1>
      <p class="lead">
        Drop a trained model: see what is in it, try it, and take it home as ONNX, as a Slipway package or as
        JavaScript.
      </p>
      <ul class="promises">
        <li><b>Nothing is uploaded.</b> This page has no way to send anything.</li>
        <li><b>Nothing is executed.</b> A pickle is read as data.</li>
        <li><b>No Python.</b> The library’s own arithmetic.</li>
      </ul>
    </section>
    <section class="drop" id="drop" aria-label="Choose a model">
      <svg viewBox="0 0 48 48" width="56" height="56" aria-hidden="true">
        <path
          d="M24 31V9m0 0-8 8m8-8 8 8"
          fill="none"
          stroke="currentColor"
          stroke-width="3"
          stroke-linecap="round"
          stroke-linejoin="round"
        />
        <path
          d="M8 29v7a4 4 0 0 0 4 4h24a4 4 0 0 0 4-4v-7"
          fill="none"
          stroke="currentColor"
          stroke-width="3"
          stroke-linecap="round"
        />
      </svg>
      <p class="call">Drop a model file or folder</p>
      <div class="actions">
        <button type="button" class="primary" id="choose-file">Choose file</button>
        <button type="button" class="quiet" id="choose-folder">Choose folder</button>
      </div>
      <p class="kinds">
        <code>.pkl</code> <code>.joblib</code> <code>.skops</code> <code>.json</code> <code>.ubj</code>
        <code>.txt</code> <code>.cbm</code> <code>.onnx</code> <code>.zip</code> <code>.tar.gz</code> · MLflow folders
      </p>
      <input type="file" id="file" aria-label="Model file" tabindex="-1" hidden />
      <input type="file" id="folder" aria-label="Model folder" tabindex="-1" webkitdirectory hidden />
      <p class="samples">
        No model at hand?
        <button type="button" class="link" data-sample="churn.joblib">A churn pipeline</button>
        <button type="button" class="link" data-sample="hostile.pkl">A hostile pickle</button>
      </p>
    </section>
    <div class="status" id="status" hidden>
      <div class="progress" aria-hidden="true"><i></i></div>
      <p id="stage" aria-live="polite"></p>
      <button type="button" class="quiet" id="cancel">Cancel</button>
    </div>
    <section id="result" aria-label="What is in the file"></section>
    <noscript
      ><p class="notice">
        This page needs JavaScript. The command line does the same: <code>npx slipway inspect FILE</code>
      </p></noscript
    >
    <p class="foot">
      At most 256 MiB and one minute a step; larger models are for the <a href="${guide}">command line</a>.
    </p>`;
}
