import { exampleRow, type Json } from './example-row.ts';
import { labelKey } from './answer-shape.ts';
import { limitsInSchema } from './limits.ts';
import type { Column, Scalar, Signature, TensorSpec } from './signature.ts';

/** A JSON Schema of draft 2020-12, which is also what OpenAPI 3.1 takes. */
export interface JsonSchema {
  readonly [keyword: string]: Json;
}

/** The schema of one row. Categories of open columns are examples, not an enumeration: other values are answered. */
export function rowSchema(signature: Signature): JsonSchema {
  const example = exampleRow(signature);
  return { ...schemaOfForm(signature), ...(example === undefined ? {} : { examples: [example] }) };
}

/** The schema of one answer. */
export function answerSchema(signature: Signature): JsonSchema {
  const members = answerMembers(signature);
  return {
    type: 'object',
    properties: {
      ...members,
      warnings: {
        type: 'array',
        items: { type: 'string' },
        description: 'What was unusual about this row or its answer. Absent when nothing was.',
      },
    },
    required: Object.keys(members),
  };
}

/** The schema of one column's value. */
export function columnSchema(column: Column): JsonSchema {
  const { type, nullable, categories, closed, seen, description, numerals } = column;
  const about = describe(column);
  const notes: Record<string, Json> = {
    ...(description || about ? { description: [description, about].filter(Boolean).join(' ') } : {}),
    ...(seen?.typical === undefined ? {} : { examples: [seen.typical] }),
  };
  if (categories && closed) return { enum: nullable ? [...categories, null] : categories, ...notes };
  const name = type === 'datetime' ? 'string' : type;
  return {
    type:
      numerals || nullable ? [name, ...(numerals ? ['integer', 'boolean'] : []), ...(nullable ? ['null'] : [])] : name,
    ...(type === 'datetime' ? { format: 'date-time' } : {}),
    ...limitsInSchema(column.limits),
    ...notes,
    ...(categories ? { examples: categories.slice(0, 20) } : {}),
  };
}

function describe({ required, nullable, closed, categories, seen, type }: Column): string {
  if (!required) return 'The model does not use this column.';
  const parts: string[] = [];
  if (seen?.min !== undefined && seen.max !== undefined) parts.push(`Training saw ${seen.min} to ${seen.max}.`);
  if (categories && !closed)
    parts.push(
      `Training saw ${categories
        .map((value) => JSON.stringify(value))
        .slice(0, 20)
        .join(', ')}; other values are answered with a warning.`,
    );
  if (nullable) parts.push('null is missing.');
  if (type === 'boolean') parts.push('0 and 1 are taken too.');
  return parts.join(' ');
}

function schemaOfForm({ form, columns, tensors = [] }: Signature): JsonSchema {
  switch (form) {
    case 'table':
      return {
        type: 'object',
        properties: Object.fromEntries(columns.map((column) => [column.name, columnSchema(column)])),
        required: columns.filter((column) => column.required).map((column) => column.name),
        additionalProperties: false,
      };
    case 'array': {
      const size = { minItems: columns.length, maxItems: columns.length };
      const items = columns.map(columnSchema);
      const isUniform = items.every((item) => JSON.stringify(item) === JSON.stringify(items[0]));
      const [first] = items;
      if (isUniform && first) return { type: 'array', items: first, ...size };
      return {
        type: 'array',
        prefixItems: items.map((item, i) => ({ title: (columns[i] as Column).name, ...item })),
        items: false,
        ...size,
      };
    }
    case 'text':
      return { type: 'string' };
    case 'tensors': {
      const [only] = tensors;
      const named = {
        type: 'object',
        properties: Object.fromEntries(tensors.map((spec) => [spec.name, tensorSchema(spec, 0)])),
        required: tensors.map((spec) => spec.name),
      };
      return only && tensors.length === 1 ? { oneOf: [tensorSchema(only, 0), named] } : named;
    }
  }
}

function tensorSchema(spec: TensorSpec, level: number): JsonSchema {
  if (spec.image)
    return {
      type: 'string',
      contentEncoding: 'base64',
      contentMediaType: 'image/*',
      description: 'A PNG or JPEG file as base64 or as a data: URL.',
    };
  if (level < spec.shape.length) {
    const dim = spec.shape[level];
    return {
      type: 'array',
      items: tensorSchema(spec, level + 1),
      ...(dim === null || dim === undefined ? {} : { minItems: dim, maxItems: dim }),
    };
  }
  if (spec.dtype === 'string') return { type: 'string' };
  if (spec.dtype === 'bool') return { type: 'boolean' };
  if (spec.dtype === 'int64' || spec.dtype === 'uint64')
    return {
      type: ['integer', 'string'],
      pattern: '^-?[0-9]+$',
      description: 'Beyond 2^53 best as a string of digits.',
    };
  return { type: /^u?int/.test(spec.dtype) ? 'integer' : 'number' };
}

function answerMembers(signature: Signature): Record<string, JsonSchema> {
  const { task, outputs, classes, targets, targetClasses = [] } = signature;
  const chance: JsonSchema = { type: ['number', 'null'], description: 'From 0 to 1.' };
  const number: JsonSchema = { type: ['number', 'null'] };
  const numbers: JsonSchema = { type: 'array', items: number };
  switch (task) {
    case 'classification':
      return {
        prediction: classes ? { enum: [...classes] } : { type: 'integer' },
        ...(outputs.probabilities ? { probabilities: keyed(classes?.map(labelKey), chance) } : {}),
        ...(outputs.scores && !outputs.probabilities
          ? {
              scores: {
                type: ['number', 'object', 'array'],
                description: 'Values of the decision function; one number where there are two classes.',
              },
            }
          : {}),
      };
    case 'regression':
      return { prediction: targets ? keyed(targets, number) : { type: ['number', 'array', 'null'], items: number } };
    case 'clustering':
      return {
        prediction: { type: 'integer', description: 'The cluster.' },
        ...(outputs.distances ? { distances: numbers } : {}),
      };
    case 'outlier':
      return {
        prediction: { enum: classes ? [...classes] : [-1, 1], description: '-1 is an outlier.' },
        ...(outputs.scores ? { score: { ...number, description: 'The lower, the more unusual.' } } : {}),
      };
    case 'transform':
      return {
        output: {
          type: 'array',
          ...(signature.outputNames ? { description: `In order: ${signature.outputNames.join(', ')}` } : {}),
        },
      };
    case 'multilabel': {
      const keys = targets ?? classes?.map(labelKey);
      return {
        prediction: keyed(keys, { type: 'integer' }),
        ...(outputs.probabilities ? { probabilities: keyed(keys, chance) } : {}),
        ...(outputs.scores && !outputs.probabilities ? { scores: keyed(keys, number) } : {}),
      };
    }
    case 'multioutput-classification': {
      const keys = targets ?? targetClasses.map((_, i) => String(i));
      const byTarget = (schema: (labels: readonly Scalar[]) => JsonSchema): JsonSchema => ({
        type: 'object',
        properties: Object.fromEntries(keys.map((key, i) => [key, schema(targetClasses[i] ?? [])])),
        required: keys,
      });
      return {
        prediction: byTarget((labels) => ({ enum: [...labels] })),
        ...(outputs.probabilities ? { probabilities: byTarget((labels) => keyed(labels.map(labelKey), chance)) } : {}),
      };
    }
    case 'graph':
      return {
        outputs: { type: 'object', description: `Nested arrays by output: ${(outputs.all ?? []).join(', ')}.` },
      };
  }
}

function keyed(keys: readonly string[] | undefined, value: JsonSchema): JsonSchema {
  if (!keys) return { type: 'object', additionalProperties: value };
  return { type: 'object', properties: Object.fromEntries(keys.map((key) => [key, value])), required: keys };
}
