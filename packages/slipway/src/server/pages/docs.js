/** `/docs`: the OpenAPI document as a page on which every route can be tried. */
import { element } from '/ui/answer.js';

const place = document.getElementById('operations');
try {
  const response = await fetch('/openapi.json');
  show(await response.json());
} catch (error) {
  place.replaceChildren(element('p', { class: 'notice' }, `The document could not be loaded: ${error.message}`));
}

function show(document_) {
  // Parameters of a path count for each of its methods.
  const operations = Object.entries(document_.paths).flatMap(([path, { parameters: shared = [], ...item }]) =>
    Object.entries(item).map(([method, operation]) => {
      const parameters = [...shared, ...(operation.parameters ?? [])];
      return { path, method, operation: { ...operation, parameters } };
    }),
  );
  const groups = document_.tags.map(({ name }) => {
    const own = operations.filter(({ operation }) => operation.tags.includes(name));
    return [
      element('h2', { class: 'tag' }, name),
      element('div', { class: 'operations' }, ...own.map((each) => operationCard(document_, each))),
    ];
  });
  place.replaceChildren(...groups.flat());
  place.querySelector('details')?.setAttribute('open', '');
}

function operationCard(document_, { path, method, operation }) {
  const verb = element('span', { class: `verb ${method}` }, method.toUpperCase());
  const summary = element(
    'summary',
    {},
    verb,
    element('code', {}, path),
    element('span', { class: 'about' }, operation.summary ?? ''),
  );
  const card = element('details', {}, summary);
  // Built when it is opened: a server may have many models.
  card.addEventListener(
    'toggle',
    () => card.open && card.children.length === 1 && card.append(operationBody(document_, path, method, operation)),
  );
  return card;
}

function operationBody(document_, path, method, operation) {
  const body = element('div', { class: 'operation' });
  if (operation.description) body.append(element('p', {}, operation.description));
  const id = operation.operationId;
  const parameters = (operation.parameters ?? []).map((parameter) => {
    const input = element('input', {
      id: `${id}-${parameter.name}`,
      'data-in': parameter.in,
      name: parameter.name,
      placeholder: parameter.description ?? '',
      autocomplete: 'off',
    });
    return element('div', { class: 'field' }, element('label', { for: input.id }, parameter.name), input);
  });
  if (parameters.length) body.append(element('h3', {}, 'Parameters'), element('div', { class: 'row' }, ...parameters));
  const content = operation.requestBody?.content ?? {};
  const [request, typePicker] = requestBox(document_, id, content);
  if (request)
    body.append(
      element('h3', {}, 'Request'),
      ...(typePicker ? [typePicker] : []),
      request,
      ...schemaTable(document_, 'A row', content['application/json']?.schema),
    );
  const send = element('button', { type: 'button', class: 'primary' }, 'Send');
  const result = element('div', { 'aria-live': 'polite' });
  send.addEventListener('click', () => void call(body, path, method, request, typePicker, result));
  body.append(element('div', { class: 'actions' }, send), result, ...answers(document_, operation));
  return body;
}

function requestBox(document_, id, content) {
  const types = Object.keys(content);
  if (types.length === 0) return [];
  const box = element('textarea', { rows: 8, spellcheck: 'false', 'aria-label': 'Request body', id: `${id}-body` });
  const example = () => {
    const { examples = {} } = content[select.value.split('#')[0]] ?? {};
    const chosen = examples[select.value.split('#')[1]]?.value;
    if (chosen !== undefined) box.value = pretty(chosen);
    else if (select.value === 'text/csv') box.value = csvExample(content);
    else if (select.value === 'application/x-ndjson')
      box.value = JSON.stringify(content['application/json']?.examples?.row?.value ?? {});
  };
  const options = types.flatMap((type) => {
    const names = Object.entries(content[type].examples ?? {});
    return names.length
      ? names.map(([name, { summary }]) => element('option', { value: `${type}#${name}` }, `${type} – ${summary}`))
      : [element('option', { value: type }, type)];
  });
  const select = element('select', { 'aria-label': 'Content type', id: `${id}-type` }, ...options);
  select.addEventListener('change', example);
  example();
  return [box, select];
}

async function call(body, path, method, request, typePicker, result) {
  let target = path;
  const query = new URLSearchParams();
  const headers = {};
  for (const input of body.querySelectorAll('input[data-in]')) {
    if (input.dataset.in === 'path') target = target.replace(`{${input.name}}`, encodeURIComponent(input.value));
    else if (input.value === '') continue;
    else if (input.dataset.in === 'query') query.set(input.name, input.value);
    else headers[input.name] = input.value;
  }
  if (request) headers['content-type'] = typePicker.value.split('#')[0];
  const url = query.size ? `${target}?${query}` : target;
  const started = performance.now();
  try {
    const response = await fetch(url, {
      method: method.toUpperCase(),
      headers,
      ...(request ? { body: request.value } : {}),
    });
    const text = await response.text();
    const took = (performance.now() - started).toFixed(1);
    const shown = ['content-type', 'x-slipway-model', 'x-request-id']
      .filter((name) => response.headers.has(name))
      .map((name) => `${name}: ${response.headers.get(name)}`);
    result.replaceChildren(
      element('h3', {}, `${response.status} ${response.statusText} · ${took} ms`),
      element('pre', { tabindex: 0 }, `${shown.join('\n')}\n\n${prettyText(text)}`),
    );
  } catch (error) {
    result.replaceChildren(element('p', { class: 'notice' }, String(error.message)));
  }
}

function answers(document_, operation) {
  const rows = Object.entries(operation.responses).map(([status, { description }]) =>
    element('tr', {}, element('th', { scope: 'row' }, status), element('td', {}, description)),
  );
  const schema = operation.responses['200']?.content?.['application/json']?.schema;
  return [
    element('h3', {}, 'Answers'),
    element('table', { class: 'schema' }, ...rows),
    ...schemaTable(document_, 'An answer', schema),
  ];
}

/** The members of a row or an answer. */
function schemaTable(document_, title, schema) {
  const found = resolve(document_, schema?.oneOf?.[0] ?? schema);
  const required = new Set(found?.required ?? []);
  const rows = Object.entries(found?.properties ?? {}).map(([name, member]) => {
    const about = [
      member.description,
      member.enum && `one of ${member.enum.map((value) => JSON.stringify(value)).join(', ')}`,
    ]
      .filter(Boolean)
      .join(' ');
    const type = member.enum ? 'choice' : [member.type].flat().join(' or ');
    return element(
      'tr',
      {},
      element('th', { scope: 'row' }, name),
      element('td', {}, type),
      element('td', {}, required.has(name) ? about : `optional. ${about}`),
    );
  });
  return rows.length ? [element('h3', {}, title), element('table', { class: 'schema' }, ...rows)] : [];
}

function resolve(document_, schema) {
  const name = schema?.$ref?.split('/').at(-1);
  return name ? document_.components.schemas[name] : schema;
}

function csvExample(content) {
  const row = content['application/json']?.examples?.row?.value;
  if (row === undefined) return '';
  const names = Array.isArray(row) ? row.map((_, i) => `x${i}`) : Object.keys(row);
  const cell = (value) =>
    value === null ? '' : /[",\n]/.test(String(value)) ? `"${String(value).replaceAll('"', '""')}"` : String(value);
  return `${names.map(cell).join(',')}\n${Object.values(row).map(cell).join(',')}\n`;
}

/** Nested structures indented, rows of numbers on one line. */
function pretty(value) {
  return JSON.stringify(value, null, 2).replaceAll(
    /\[\s+((?:[^[\]{}"]+?,\s+)*[^[\]{}"]+?)\s+\]/g,
    (_, inner) => `[${inner.replaceAll(/\s+/g, ' ')}]`,
  );
}

function prettyText(text) {
  try {
    return pretty(JSON.parse(text));
  } catch {
    return text;
  }
}
