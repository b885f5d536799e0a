/** Shows answers and problems; shared by the pages. Text goes in as text, never as markup. */

export function showAnswer(place, answer) {
  const { warnings = [], ...parts } = answer;
  const children = [];
  if ('prediction' in parts) children.push(...prediction(parts.prediction));
  if (isObject(parts.probabilities)) children.push(...probabilities(parts.probabilities));
  for (const [name, value] of Object.entries(parts)) {
    if (name === 'prediction' || name === 'probabilities') continue;
    children.push(element('h3', { class: 'part' }, name), ...anyValue(value));
  }
  if (warnings.length)
    children.push(element('ul', { class: 'warnings' }, ...warnings.map((text) => element('li', {}, text))));
  place.replaceChildren(...children);
}

/** `rest`: the problems that do not stand beside a field; undefined where there are no fields. */
export function showProblem(place, problem, rest) {
  const placed = (problem.errors?.length ?? 0) - (rest?.length ?? 0);
  const lines = (rest ?? []).map(
    ({ path, expected, received }) => `${path ? `${path}: ` : ''}expected ${expected}, received ${received}`,
  );
  if (rest && placed > 0)
    lines.push(
      placed === 1
        ? 'One value is not accepted; the form says which.'
        : `${placed} values are not accepted; the form says which.`,
    );
  if (lines.length === 0) lines.push(problem.detail ?? problem.title ?? 'Something went wrong.');
  const hint = problem.hint ? [element('p', {}, problem.hint)] : [];
  place.replaceChildren(
    element('div', { class: 'problem', role: 'alert' }, ...lines.map((line) => element('p', {}, line)), ...hint),
  );
}

function prediction(value) {
  if (isObject(value)) return [element('h3', { class: 'part' }, 'prediction'), ...anyValue(value)];
  const shown =
    typeof value === 'number' ? readable(value) : Array.isArray(value) ? value.map(readable).join(', ') : String(value);
  return [
    element(
      'p',
      { class: 'prediction' },
      element('small', {}, 'Prediction'),
      element('strong', { title: String(value), 'data-prediction': JSON.stringify(value) }, shown),
    ),
  ];
}

function probabilities(byLabel) {
  const entries = Object.entries(byLabel);
  if (entries.some(([, value]) => isObject(value))) {
    return entries.flatMap(([target, values]) => [element('h3', { class: 'part' }, target), ...probabilities(values)]);
  }
  const sorted = entries.length > 6 ? entries.toSorted((a, b) => b[1] - a[1]) : entries;
  const shown = sorted.slice(0, 12);
  const best = Math.max(...entries.map(([, value]) => value ?? -1));
  const bars = shown.map(([label, value]) => {
    const percent = value === null ? '–' : `${(value * 100).toFixed(1)} %`;
    const fill = element('i', {});
    fill.style.width = `${(value ?? 0) * 100}%`;
    const bar = element(
      'div',
      {
        class: 'bar',
        role: 'meter',
        'aria-label': label,
        'aria-valuemin': 0,
        'aria-valuemax': 1,
        'aria-valuenow': value ?? 0,
        'aria-valuetext': percent,
      },
      fill,
    );
    return element(
      'li',
      { class: value === best ? 'top-class' : '', title: String(value) },
      element('span', { class: 'name' }, label),
      element('span', { class: 'value' }, percent),
      bar,
    );
  });
  const more =
    sorted.length > shown.length ? [element('p', { class: 'hint' }, `and ${sorted.length - shown.length} more`)] : [];
  return [element('ul', { class: 'bars' }, ...bars), ...more];
}

function anyValue(value) {
  if (isObject(value) && Object.values(value).every((each) => !isObject(each) && !Array.isArray(each))) {
    const rows = Object.entries(value).map(([name, each]) =>
      element('tr', {}, element('th', { scope: 'row' }, name), element('td', { title: String(each) }, readable(each))),
    );
    return [element('table', { class: 'pairs' }, ...rows)];
  }
  if (typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean')
    return [element('p', {}, readable(value))];
  return [element('pre', { tabindex: 0 }, JSON.stringify(value))];
}

function readable(value) {
  if (typeof value !== 'number') return value === null ? '–' : String(value);
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(6)));
}

function isObject(value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function element(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) if (value !== '') made.setAttribute(key, String(value));
  made.append(...children);
  return made;
}
