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
  { ...route('GET', '/v2'), trailingSlash: true },
  { ...route('POST', '/v2/{model}/infer'), trailingSlash: true },
  route('GET', '/v1/{model}'),
  route('POST', '/v1/{model}:predict'),
  route('POST', '/v1/{model}/versions/{version}:predict'),
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
  ['GET', '/v2', '/v2', {}],
  ['GET', '/v2/', '/v2', {}],
  ['GET', '/v2//', undefined],
  ['POST', '/v2/m/infer', '/v2/{model}/infer', { model: 'm' }],
  ['POST', '/v2/m/infer/', '/v2/{model}/infer', { model: 'm' }],
  ['GET', '/v1/m', '/v1/{model}', { model: 'm' }],
  ['POST', '/v1/m:predict', '/v1/{model}:predict', { model: 'm' }],
  ['POST', '/v1/m%3Apredict', '/v1/{model}:predict', { model: 'm' }],
  ['POST', '/v1/m:3:predict', '/v1/{model}:predict', { model: 'm:3' }],
  ['POST', '/v1/:predict', ['GET']],
  ['GET', '/v1/m:predict', ['POST']],
  ['POST', '/v1/m:explain', ['GET']],
  ['POST', '/v1/m/versions/3:predict', '/v1/{model}/versions/{version}:predict', { model: 'm', version: '3' }],
])('%s %s', ([method, path, expected, params]) => {
  const found = router.find(method, path);
  if (typeof expected !== 'string') return expect(found).toEqual(expected);
  expect(found).toMatchObject({ route: { path: expected }, params });
});

test.for([
  [route('GET', '/a'), route('GET', '/a')],
  [route('GET', '/a/{x}'), route('GET', '/a/{y}')],
  [route('GET', '/a/{x}:go'), route('GET', '/a/{y}:go')],
])('two routes on one place are a bug', (routes) => expect(() => new Router(routes)).toThrow('two routes on GET'));
