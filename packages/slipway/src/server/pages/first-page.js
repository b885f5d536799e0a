/** The form on `/`: reads the fields, asks the server, shows the answer. */
import { showAnswer, showProblem } from '/ui/answer.js';

const block = document.getElementById('model');
const pick = document.getElementById('pick');
if (pick) {
  pick.form.querySelector('button').hidden = true;
  pick.addEventListener('change', () => pick.form.requestSubmit());
}
if (block) start(JSON.parse(block.textContent));

function start(model) {
  const form = document.getElementById('row');
  const paste = document.getElementById('paste');
  const answer = document.getElementById('answer');
  const button = document.getElementById('predict');
  const controls = [...form.querySelectorAll('[data-column]')];

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    clearErrors(form);
    const row = readRow();
    if (row !== undefined) void predict(row);
  });
  form.addEventListener('reset', () => {
    clearErrors(form);
    // The fields are empty after the event.
    setTimeout(afterReset);
  });
  form.addEventListener('input', refresh);
  form.addEventListener('change', ({ target }) => {
    if (target.dataset.kind !== 'choice') return;
    showOther(target);
    if (otherOf(target)?.hidden === false) otherOf(target).focus();
    refresh();
  });
  document.getElementById('fill').addEventListener('click', () => {
    clearErrors(form);
    fill(model.example);
    refresh();
  });
  document.getElementById('copy').addEventListener('click', ({ currentTarget }) => {
    void navigator.clipboard.writeText(document.getElementById('curl').textContent).then(() => {
      currentTarget.textContent = 'Copied';
      setTimeout(() => (currentTarget.textContent = 'Copy'), 1500);
    });
  });
  if (model.example === undefined) document.getElementById('fill').hidden = true;
  refresh();

  function afterReset() {
    controls.forEach((control) => control.dataset.kind === 'choice' && showOther(control));
    refresh();
  }

  async function predict(row) {
    const time = document.getElementById('time');
    const json = document.getElementById('json');
    time.textContent = '';
    button.setAttribute('aria-busy', 'true');
    const started = performance.now();
    try {
      const response = await fetch(model.path, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(row),
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
        showProblem(answer, body, placeErrors(body.errors ?? []));
      }
    } catch (error) {
      json.hidden = true;
      showProblem(answer, { detail: 'The server did not answer.', hint: String(error.message ?? error) }, []);
    } finally {
      button.removeAttribute('aria-busy');
    }
  }

  /** The row of the fields; undefined after telling what is wrong with a pasted one. */
  function readRow() {
    if (paste) return readPasted(paste.value);
    if (model.form === 'array') return controls.map(readControl);
    return Object.fromEntries(controls.map((control) => [control.dataset.column, readControl(control)]));
  }

  function readPasted(text) {
    if (model.form === 'text') return text;
    if (paste.dataset.kind === 'numbers') return numbersOf(text);
    try {
      return JSON.parse(text);
    } catch (error) {
      setError(paste, error.message);
      paste.focus();
      return undefined;
    }
  }

  function fill(row) {
    if (paste) {
      paste.value =
        model.form === 'text' ? row : paste.dataset.kind === 'numbers' ? row.join(', ') : JSON.stringify(row);
      return;
    }
    controls.forEach((control, i) =>
      writeControl(control, model.form === 'array' ? row[i] : row[control.dataset.column]),
    );
  }

  /** Puts problems beside their fields and returns those that have none. */
  function placeErrors(errors) {
    const rest = [];
    let first;
    for (const problem of errors) {
      const control =
        paste ??
        controls.find(
          (each) => (model.form === 'array' ? `[${each.dataset.index}]` : each.dataset.column) === problem.path,
        );
      if (!control) {
        rest.push(problem);
        continue;
      }
      first ??= control;
      setError(
        control,
        `${paste && problem.path ? `${problem.path}: ` : ''}expected ${problem.expected}, received ${problem.received}`,
      );
    }
    (first?.querySelector('input') ?? first)?.focus();
    return rest;
  }

  function refresh() {
    if (paste?.dataset.kind === 'numbers') showNumbers(numbersOf(paste.value));
    let body = '';
    try {
      const row = paste?.dataset.kind === 'json' ? JSON.parse(paste.value || 'null') : readRow();
      body = JSON.stringify(row);
    } catch {
      body = '…';
    }
    const quoted = body.replaceAll("'", "'\\''");
    document.getElementById('curl').textContent =
      `curl -s ${location.origin}${model.path} \\\n  -H 'content-type: application/json' \\\n  -d '${quoted}'`;
  }

  function showNumbers(values) {
    const heat = document.getElementById('heat');
    const count = document.getElementById('count');
    count.textContent = values.length ? `${values.length} of ${model.width} values` : '';
    heat.replaceChildren();
    const numbers = values.filter((value) => typeof value === 'number');
    if (values.length !== model.width || values.length > 1024) return;
    const [min, max] = [Math.min(...numbers), Math.max(...numbers)];
    heat.style.gridTemplateColumns = `repeat(${heat.dataset.width}, auto)`;
    heat.append(
      ...values.map((value) => {
        const cell = document.createElement('i');
        cell.style.opacity = typeof value === 'number' ? String(0.08 + (0.92 * (value - min)) / (max - min || 1)) : '0';
        return cell;
      }),
    );
  }
}

/** From the first byte sent to the last received; without the time that the page itself needs. */
function took(url, started) {
  const timing = performance.getEntriesByName(url).at(-1);
  return timing?.responseEnd > 0 && timing.requestStart >= started
    ? timing.responseEnd - timing.requestStart
    : performance.now() - started;
}

/** Words that are no numbers stay text: the server says what is wrong with them. */
function numbersOf(text) {
  return text
    .split(/[\s,;[\]]+/)
    .filter((word) => word !== '')
    .map((word) => (/^(null|nan)$/i.test(word) ? null : Number.isNaN(Number(word)) ? word : Number(word)));
}

function readControl(control) {
  switch (control.dataset.kind) {
    case 'number':
      // What a browser cannot read as a number has no value; the server is told that something is there.
      if (control.validity.badInput) return 'not a number';
      return control.value === '' ? null : Number(control.value);
    case 'choice': {
      const option = control.selectedOptions[0];
      if (option && 'other' in option.dataset) return otherValue(otherOf(control).value, control);
      return option?.dataset.value === undefined ? null : JSON.parse(option.dataset.value);
    }
    case 'boolean': {
      const value = control.querySelector('input:checked')?.value ?? '';
      return value === '' ? null : value === 'true';
    }
    default:
      return control.value === '' ? null : control.value;
  }
}

function writeControl(control, value) {
  if (control.dataset.kind === 'boolean') {
    const wanted = value === null || value === undefined ? '' : String(Boolean(value));
    for (const input of control.querySelectorAll('input')) input.checked = input.value === wanted;
  } else if (control.dataset.kind === 'choice') {
    const text = JSON.stringify(value ?? null);
    const options = [...control.options];
    const known = options.find((option) => option.dataset.value === text);
    control.selectedIndex = options.indexOf(
      known ??
        (value === null || value === undefined ? options[0] : options.find((option) => 'other' in option.dataset)) ??
        options[0],
    );
    if (!known && otherOf(control)) otherOf(control).value = value ?? '';
    showOther(control);
  } else control.value = value === null || value === undefined ? '' : String(value);
}

function otherOf(control) {
  return document.getElementById(`${control.id}-other`);
}

/** A value that is not in the list, of the type that the list has. */
function otherValue(text, control) {
  const sample = [...control.options].map((option) => option.dataset.value).find((value) => value !== undefined);
  return typeof JSON.parse(sample ?? '""') === 'number' && text.trim() !== '' && !Number.isNaN(Number(text))
    ? Number(text)
    : text;
}

/** The field for another value is there while that is chosen. */
function showOther(control) {
  const other = otherOf(control);
  if (other) other.hidden = !('other' in (control.selectedOptions[0]?.dataset ?? {}));
}

function setError(control, text) {
  control.setAttribute('aria-invalid', 'true');
  document.getElementById(`${control.id}-error`).textContent = text;
}

function clearErrors(form) {
  for (const control of form.querySelectorAll('[aria-invalid]')) control.removeAttribute('aria-invalid');
  for (const text of form.querySelectorAll('.error')) text.textContent = '';
}
