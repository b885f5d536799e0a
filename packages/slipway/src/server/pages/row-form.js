/**
 * The fields of a row, as `fields.ts` writes them: read, filled, and told what is wrong. Shared by the pages.
 *
 * `model`: the signature's `form`, and its `width` in columns. `changed` is called after each change.
 */
export function rowForm(form, model, changed = () => {}) {
  const paste = form.querySelector('#paste');
  const picture = form.querySelector('#picture');
  const controls = [...form.querySelectorAll('[data-column]')];

  form.addEventListener('reset', () => {
    clearErrors(form);
    // The fields are empty after the event.
    setTimeout(() => {
      controls.forEach((control) => control.dataset.kind === 'choice' && showOther(control));
      refresh();
    });
  });
  form.addEventListener('input', refresh);
  form.addEventListener('change', ({ target }) => {
    if (target.dataset.kind !== 'choice') return;
    showOther(target);
    if (otherOf(target)?.hidden === false) otherOf(target).focus();
    refresh();
  });

  return {
    /** Name of the picture that is chosen or an example of one; undefined where a row is no picture. */
    pictureName: () => (picture ? (picture.files[0]?.name ?? 'picture.jpg') : undefined),
    /** The row, or the file of a picture. */
    read: readRow,
    placeErrors,
    clearErrors: () => clearErrors(form),
    fill(row) {
      clearErrors(form);
      fill(row);
      refresh();
    },
    /** The row as it stands, errors and all, as JSON. */
    draft() {
      try {
        return JSON.stringify(paste?.dataset.kind === 'json' ? JSON.parse(paste.value || 'null') : readRow());
      } catch {
        return '…';
      }
    },
  };

  function refresh() {
    if (paste?.dataset.kind === 'numbers') showNumbers(numbersOf(paste.value));
    changed();
  }

  /** The row of the fields; undefined after telling what is wrong with a pasted one. */
  function readRow() {
    if (picture) return readPicture();
    if (paste) return readPasted(paste.value);
    if (model.form === 'array') return controls.map(readControl);
    return Object.fromEntries(controls.map((control) => [control.dataset.column, readControl(control)]));
  }

  function readPicture() {
    const [file] = picture.files;
    if (!file) {
      setError(picture, 'Choose a PNG or JPEG file.');
      picture.focus();
    }
    return file;
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
        picture ??
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
        `${(paste || picture) && problem.path ? `${problem.path}: ` : ''}expected ${problem.expected}, received ${problem.received}`,
      );
    }
    (first?.querySelector('input') ?? first)?.focus();
    return rest;
  }

  function showNumbers(values) {
    const heat = form.querySelector('#heat');
    const count = form.querySelector('#count');
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
  errorOf(control).textContent = text;
}

function clearErrors(form) {
  for (const control of form.querySelectorAll('[aria-invalid]')) control.removeAttribute('aria-invalid');
  for (const text of form.querySelectorAll('.error')) text.textContent = '';
}

function errorOf(control) {
  return control.ownerDocument.getElementById(`${control.id}-error`);
}
