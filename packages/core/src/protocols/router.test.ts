import { expect, test } from 'vitest';
import { Router, type Route } from './index.ts';

const route = (method: Route['method'], path: string) => ({ method, path });
const router = new Router([
  route('GET', '/a'),
  route('POST', '/a'),
  route('POST', '/predict/{ref}'),
  route('GET', '/models/{name}'),
  route('GET', '/models/{name}/versions/{version}'),
  route('GET', '/models/special'),
]);

test.for<[string, string, string | readonly string[] | undefined, Record<string, string>?]>([
  ['GET', '/a', '/a', {}],
  ['PUT', '/a', ['GET', 'POST']],
  ['GET', '/b', undefined],
  ['GET', '/a/', undefined],
  ['POST', '/predict/churn:3', '/predict/{ref}', { ref: 'churn:3' }],
  ['POST', '/predict/churn%40champion', '/predict/{ref}', { ref: 'churn@champion' }],
  ['POST', '/predict/a%2Fb', '/predict/{ref}', { ref: 'a/b' }],
  ['GET', '/predict/churn', ['POST']],
  ['POST', '/predict/', undefined],
  ['POST', '/predict/%', undefined],
  ['POST', '/predict/a/b', undefined],
  ['GET', '/models/special', '/models/special', {}],
  ['GET', '/models/__proto__', '/models/{name}', { name: '__proto__' }],
  ['GET', '/models/m/versions/3', '/models/{name}/versions/{version}', { name: 'm', version: '3' }],
])('%s %s', ([method, path, expected, params]) => {
  const found = router.find(method, path);
  if (typeof expected !== 'string') return expect(found).toEqual(expected);
  expect(found).toMatchObject({ route: { path: expected }, params });
});

test.for([
  [route('GET', '/a'), route('GET', '/a')],
  [route('GET', '/a/{x}'), route('GET', '/a/{y}')],
])('two routes on one place are a bug', (routes) => expect(() => new Router(routes)).toThrow('two routes on GET'));
