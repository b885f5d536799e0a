/** The form on `/`: reads the fields, asks the server, shows the answer. */
import { showAnswer, showProblem } from '/ui/answer.js';
import { rowForm } from '/ui/row-form.js';

const block = document.getElementById('model');
const pick = document.getElementById('pick');
if (pick) {
  pick.form.querySelector('button').hidden = true;
  pick.addEventListener('change', () => pick.form.requestSubmit());
}
if (block) start(JSON.parse(block.textContent));

function start(model) {
  const form = document.getElementById('row');
  const answer = document.getElementById('answer');
  const button = document.getElementById('predict');
  const fields = rowForm(form, model, showRequest);

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    fields.clearErrors();
    const row = fields.read();
    if (row !== undefined) void predict(row);
  });
  document.getElementById('fill').addEventListener('click', () => {
    fields.fill(model.example);
  });
  document.getElementById('copy').addEventListener('click', ({ currentTarget }) => {
    void navigator.clipboard.writeText(document.getElementById('curl').textContent).then(() => {
      currentTarget.textContent = 'Copied';
      setTimeout(() => (currentTarget.textContent = 'Copy'), 1500);
    });
  });
  if (model.example === undefined || fields.pictureName() !== undefined) document.getElementById('fill').hidden = true;
  showRequest();

  async function predict(row) {
    const time = document.getElementById('time');
    const json = document.getElementById('json');
    time.textContent = '';
    button.setAttribute('aria-busy', 'true');
    const started = performance.now();
    try {
      const response = await fetch(model.path, {
        method: 'POST',
        headers: { 'content-type': row instanceof File ? row.type : 'application/json' },
        body: row instanceof File ? row : JSON.stringify(row),
      });
      const body = await response.json();
      json.hidden = false;
      document.getElementById('json-text').textContent = JSON.stringify(body, null, 2);
      if (response.ok) {
        showAnswer(answer, body);
        time.textContent = `${took(response.url, started).toFixed(1)} ms`;
        // On a phone the answer is below the form.
        if (answer.getBoundingClientRect().top > innerHeight * 0.8)
          answer.closest('section').scrollIntoView({ block: 'start' });
      } else {
        showProblem(answer, body, fields.placeErrors(body.errors ?? []));
      }
    } catch (error) {
      json.hidden = true;
      showProblem(answer, { detail: 'The server did not answer.', hint: String(error.message ?? error) }, []);
    } finally {
      button.removeAttribute('aria-busy');
    }
  }

  function showRequest() {
    const picture = fields.pictureName();
    const quoted = (picture ?? fields.draft()).replaceAll("'", "'\\''");
    const curl = document.getElementById('curl');
    if (picture !== undefined) {
      curl.textContent = `curl -s ${location.origin}${model.path} \\\n  -F 'image=@${quoted}'`;
      return;
    }
    curl.textContent = `curl -s ${location.origin}${model.path} \\\n  -H 'content-type: application/json' \\\n  -d '${quoted}'`;
  }
}

/** From the first byte sent to the last received; without the time that the page itself needs. */
function took(url, started) {
  const timing = performance.getEntriesByName(url).at(-1);
  return timing?.responseEnd > 0 && timing.requestStart >= started
    ? timing.responseEnd - timing.requestStart
    : performance.now() - started;
}
