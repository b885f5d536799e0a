import type { ServedModel } from '../../engine/index.ts';
import { rowFields } from './fields.ts';
import { html, jsonBlock, type Html } from './html.ts';
import { page } from './layout.ts';
import { convertPath, siteFolder } from './site.ts';

const TASKS: Readonly<Record<string, string>> = {
  classification: 'classifier',
  regression: 'regression',
  clustering: 'clustering',
  outlier: 'outlier detection',
  transform: 'transformer',
  multilabel: 'multilabel classifier',
  'multioutput-classification': 'classifier of several targets',
  graph: 'graph',
};

/** What there is to show: a model, the reason why there is none right now, or nothing at all. */
export interface FirstPage {
  readonly version: string;
  /** Names of all models. */
  readonly names: readonly string[];
  /** The name that was chosen. */
  readonly name?: string | undefined;
  readonly model?: ServedModel | undefined;
  readonly problem?: string | undefined;
}

/** The page on `/`: a form made from the model's signature, and its answer. */
export function firstPage(content: FirstPage): string {
  const { version, model, name } = content;
  const title = model ? `${model.name} · Slipway` : 'Slipway';
  const main = name === undefined ? noModel() : html`${picker(content)}${model ? form(model) : notReady(content)}`;
  return page({ title, current: 'predict', version, main, script: 'first-page.js' });
}

function form(model: ServedModel): Html {
  const { name, label, digest, signature, about, version, example } = model;
  const data = {
    path: `/predict/${label}`,
    form: signature.form,
    width: signature.columns.length,
    example,
    task: signature.task,
  };
  return html`<section class="model" aria-labelledby="name">
      <h1 id="name">${name}${version === undefined ? '' : html` <span class="chip">version ${version}</span>`}</h1>
      <p class="facts">
        ${about ? html`<span>${about}</span>` : ''}<span>${TASKS[signature.task] ?? signature.task}</span
        ><span title="${digest}">digest <code>${digest.replace('sha256:', '').slice(0, 12)}</code></span>
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
          ><button type="reset" class="quiet" id="clear">Clear</button>
        </div>
      </form>
      <section class="card answer" aria-labelledby="answer-title">
        <div class="card-title">
          <h2 id="answer-title">Answer</h2>
          <span class="time" id="time"></span>
        </div>
        <div id="answer" aria-live="polite"><p class="empty">Fill in the row and press Predict.</p></div>
        <details id="json" hidden>
          <summary>Answer as JSON</summary>
          <pre tabindex="0" aria-label="Answer as JSON"><code id="json-text"></code></pre>
        </details>
        <details id="request">
          <summary>The same with curl</summary>
          <pre tabindex="0" aria-label="Request with curl"><code id="curl"></code></pre>
          <button type="button" class="quiet" id="copy">Copy</button>
        </details>
      </section>
    </div>
    <noscript
      ><p class="notice">The form needs JavaScript; <code>POST /predict/${label}</code> does not.</p></noscript
    >
    <script type="application/json" id="model">
      ${jsonBlock(data)}
    </script>`;
}

function picker({ names, name }: FirstPage): Html {
  if (names.length < 2) return html``;
  const options = names.map((each) => html`<option${each === name ? html` selected` : ''}>${each}</option>`);
  return html`<form class="picker" method="get" action="/">
    <label for="pick">Model</label
    ><select id="pick" name="model">
      ${options}</select
    ><button type="submit" class="quiet">Show</button>
  </form>`;
}

function notReady({ name, problem }: FirstPage): Html {
  return html`<section class="model"><h1>${name}</h1></section>
    <p class="notice" role="status">${problem}</p>`;
}

function noModel(): Html {
  return html`<section class="model">
      <h1>No model yet</h1>
      <p class="facts"><span>The server runs and waits for a model.</span></p>
    </section>
    <section class="card steps" aria-labelledby="start">
      <h2 id="start">Give it one</h2>
      <p>Import a model file; nothing in it is executed. Then load this page again.</p>
      <pre tabindex="0"><code>npx slipway import model.joblib --name churn</code></pre>
      <p>To look before you import:</p>
      <pre tabindex="0"><code>npx slipway inspect model.joblib</code></pre>
      ${siteFolder() ? html`<p>Or <a href="${convertPath}">drop the file into a page</a>: it stays in your browser.</p>` : ''}
    </section>`;
}
