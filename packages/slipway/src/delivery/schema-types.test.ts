import type { JsonSchema } from '@slipway/core/signature';
import { expect, test } from 'vitest';
import { typeOf } from './schema-types.ts';

test.for<[string, JsonSchema, string]>([
  ['numbers', { type: 'integer' }, 'number'],
  ['what may be missing', { type: ['number', 'null'] }, 'number | null'],
  [
    'choices, of any text',
    { enum: ['a', '"; import "x', 3, true, null] },
    '"a" | "\\"; import \\"x" | 3 | true | null',
  ],
  ['no choices', { enum: [] }, 'never'],
  ['one of several', { oneOf: [{ type: 'string' }, { type: 'boolean' }] }, 'string | boolean'],
  ['arrays', { type: 'array', items: { type: ['string', 'null'] } }, '(string | null)[]'],
  [
    'rows of several types',
    { type: 'array', prefixItems: [{ type: 'number' }, { type: 'string' }] },
    '[number, string]',
  ],
  ['objects by any key', { type: 'object', additionalProperties: { type: 'number' } }, 'Record<string, number>'],
  ['whatever comes', {}, 'unknown'],
])('%s', ([, schema, type]) => expect(typeOf(schema)).toBe(type));

test('an object: its members, which of them may be left out, and what is said of them', () => {
  const schema: JsonSchema = {
    type: 'object',
    properties: { 'a b': { type: 'number', description: 'Ends */ here\nand goes on.' }, c: { type: 'object' } },
    required: ['a b'],
  };
  expect(typeOf(schema)).toBe(
    '{\n  /** Ends * / here and goes on. */\n  "a b": number;\n  "c"?: Record<string, unknown>;\n}',
  );
});
