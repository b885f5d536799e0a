import { expect, test } from 'vitest';
import { parseMediaType, preferred } from './index.ts';

test.for<[string, string, string | undefined]>([
  ['application/json', 'application/json', undefined],
  ['Text/CSV; charset="UTF-8"', 'text/csv', 'utf-8'],
  ['application/json;foo=bar; charset=utf-16', 'application/json', 'utf-16'],
  ['', '', undefined],
])('%j', ([header, type, charset]) => expect(parseMediaType(header)).toEqual({ type, charset }));

test.for<[string | undefined, string]>([
  [undefined, 'text/plain'],
  ['*/*', 'text/plain'],
  ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 'text/html'],
  ['text/html;q=0.5, text/plain', 'text/plain'],
  ['text/*', 'text/plain'],
  ['text/plain;q=0.1, text/html;q=0.2', 'text/html'],
  ['text/plain;q=0, */*', 'text/html'],
  ['image/png', 'text/plain'],
  ['TEXT/HTML', 'text/html'],
  [';;,,', 'text/plain'],
])('Accept: %s', ([accept, expected]) => expect(preferred(accept, ['text/plain', 'text/html'])).toBe(expected));
