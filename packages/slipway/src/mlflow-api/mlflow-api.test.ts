import { expect, test } from 'vitest';
import type { Call } from '@slipway/core/protocols';
import {
  badPath,
  checkKey,
  isPathLike,
  listOf,
  mlflowWire,
  pageToken,
  parseComparisons,
  parsePageToken,
  pythonJson,
  pythonRepr,
  pythonType,
  readRequest,
  type Message,
} from './index.ts';

const message = {
  run_id: 'string',
  timestamp: 'int64',
  value: 'double',
  tags: { repeated: { message: { key: 'string', value: 'string' } } },
} as const satisfies Message;

const checks = { run_id: ['required', 'string'], timestamp: ['intlike', 'required'], value: ['floatlike'] } as const;

function callOf(body: unknown, more: Partial<Call> = {}): Call {
  return {
    method: 'POST',
    path: '/',
    params: {},
    header: (name) => (name === 'content-type' ? 'application/json; charset=utf-8' : undefined),
    query: () => undefined,
    body: new Uint8Array(),
    text: () => (typeof body === 'string' ? body : JSON.stringify(body)),
    requestId: 'r',
    signal: new AbortController().signal,
    caller: 'local',
    may: () => true,
    ...more,
  };
}

test.for<[unknown, unknown]>([
  [
    { run_id: 'a', timestamp: 1 },
    { run_id: 'a', timestamp: 1 },
  ],
  [{ runId: 'a', timestamp: '12' }, 'run_id'],
  [
    { run_id: 'a', timestamp: '12', value: 'NaN', other: [] },
    { run_id: 'a', timestamp: 12, value: NaN },
  ],
  [
    { run_id: 'a', timestamp: 1, tags: [{ key: 'k', value: null }] },
    { run_id: 'a', timestamp: 1, tags: [{ key: 'k' }] },
  ],
  ['"{\\"run_id\\": \\"a\\", \\"timestamp\\": 1}"', { run_id: 'a', timestamp: 1 }],
  ['{broken', 'run_id'],
])('%j', ([body, expected]) => {
  const read = () => readRequest(callOf(body), message, checks);
  if (typeof expected === 'string') expect(read).toThrow(`Missing value for required parameter '${expected}'.`);
  else expect(read()).toEqual(expected);
});

test.for<[unknown, string]>([
  [
    { run_id: 3, timestamp: 1 },
    `Invalid value 3 for parameter 'run_id' supplied:  Hint: Value was of type 'int'. See the`,
  ],
  [
    { run_id: 'a', timestamp: 'é' },
    `Invalid value "\\u00e9" for parameter 'timestamp' supplied:  Hint: Value was of type 'str'.`,
  ],
  [{ run_id: 'a', timestamp: 1, runId: 'b' }, `Request specifies both 'run_id' and 'runId'; provide only one of them.`],
])('%j is refused', ([body, text]) => expect(() => readRequest(callOf(body), message, checks)).toThrow(text));

test('the type of a body is asked for', () => {
  const without = callOf({}, { header: () => undefined });
  expect(() => readRequest(without, message)).toThrow('Bad Request. Content-Type header is missing.');
});

test('GET reads the query, names twice for lists', () => {
  const list = { run_ids: { repeated: 'string' }, isOn: 'bool' } as const satisfies Message;
  const call = callOf('', { method: 'GET', search: 'run_ids=a&run_ids=b%2Fc&isOn=True' });
  expect(readRequest(call, list)).toEqual({ run_ids: ['a', 'b/c'], isOn: true });
});

test.for<[string, string | undefined]>([
  ['a/b c.d-e:f', undefined],
  ['größe', undefined],
  ['a;b', 'Names may only contain'],
  ['../a', `This name would resolve to '../a'`],
  ['a/', `This name would resolve to 'a'`],
  ['', `This name would resolve to '.'`],
])('the name %j', ([name, problem]) => {
  if (problem === undefined) expect(() => checkKey(name)).not.toThrow();
  else expect(() => checkKey(name)).toThrow(problem);
});

test('names that stand for others when they are taken for files', () => {
  expect(['a', 'a/b', './a', 'a//b', '/a', '..', ''].map(isPathLike)).toEqual([
    false,
    false,
    true,
    true,
    true,
    true,
    true,
  ]);
  expect(badPath('a/./b')).toContain(`would resolve to 'a/b'`);
});

test('values as Python shows them', () => {
  expect(pythonJson({ b: [1, 'é', NaN], a: null })).toBe('{"a":null,"b":[1,"\\u00e9",NaN]}');
  expect([null, true, 1, 1.5, 'a', [], {}].map(pythonType)).toEqual('NoneType bool int float str list dict'.split(' '));
});

test.for<[string, unknown]>([
  ["a.b > -1.5e3 and c LIKE 'x%'", ['a.b > -1.5e3', "c LIKE 'x%'"]],
  ["tags.`a b`='it''s' tags.\"x y\" IS  NOT NULL", ["tags.`a b` = 'it''s'", 'tags."x y" IS NOT NULL']],
  ['run_id not in (\'a\', "b")', ['run_id NOT IN (\'a\', "b")']],
  ['a > 1 OR b > 2', "Invalid clause(s) in filter string: 'OR'"],
  ["a = ('x", 'Invalid clause(s)'],
  ['a > 1; b > 2', 'multiple expression'],
  ["'a' = 'b'", "Expected 'Identifier'"],
])('the filter %s', ([filter, expected]) => {
  const read = () =>
    parseComparisons(filter).map(({ left, comparator, right }) =>
      [left.text, comparator, right?.text].filter(Boolean).join(' '),
    );
  if (typeof expected === 'string') expect(read).toThrow(expected);
  else expect(read()).toEqual(expected);
});

test('lists of strings', () => {
  const list = (text: string) => listOf({ kind: 'list', text });
  expect(list(`('a', "b,c", 'it\\'s')`)).toEqual(['a', 'b,c', "it's"]);
  expect(() => list('()')).toThrow('got empty list');
  expect(() => list('(1)')).toThrow('got different type in list: (1,)');
});

test('page tokens come back as they were, and nothing else does', () => {
  const token = pageToken([0, null, 'a']);
  expect(parsePageToken(token, 3)).toEqual([0, null, 'a']);
  expect(parsePageToken(undefined, 3)).toBeUndefined();
  for (const wrong of ['***', 'AAAA', token.slice(0, -6), Buffer.from('{"after":[{}]}').toString('base64')])
    expect(() => parsePageToken(wrong, 1)).toThrow('Invalid page token');
  expect(() => parsePageToken(token, 2)).toThrow('Invalid page token');
});

test('texts as Python shows them', () => {
  expect(pythonRepr(`it's`)).toBe(`"it's"`);
  expect(pythonRepr('a\n\\')).toBe(`'a\\n\\\\'`);
});

test('handlers are loaded once, with the first request; rights bound to models are not enough', async () => {
  let loads = 0;
  const wire = mlflowWire('x', 'X', [{ method: 'GET', path: '/2.0/x', access: 'read', handler: 'x' }], () => {
    loads++;
    return Promise.resolve({ x: () => ({ ok: true }) });
  });
  const [route] = wire.routes;
  const plane = {} as never;
  expect(wire.routes.map(({ path }) => path)).toEqual(['/api/2.0/x', '/ajax-api/2.0/x']);
  await Promise.all([route?.handle(callOf(''), plane), route?.handle(callOf(''), plane)]);
  expect(loads).toBe(1);
  expect(() => route?.handle(callOf('', { may: (_, model) => model === 'churn' }), plane)).toThrow(
    'This needs the scope read',
  );
});
