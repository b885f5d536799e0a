import type { Json, JsonSchema } from '@slipway/core/signature';

/**
 * A JSON Schema of rows or answers as a TypeScript type. Names and values of the model stand as JSON strings only, so none of
 * them can become code.
 */
export function typeOf(schema: JsonSchema, indent = ''): string {
  if (Array.isArray(schema['enum'])) return schema['enum'].map(literal).join(' | ') || 'never';
  if (Array.isArray(schema['oneOf']))
    return schema['oneOf'].map((one) => typeOf(one as JsonSchema, indent)).join(' | ');
  const types = Array.isArray(schema['type']) ? schema['type'] : [schema['type']];
  return types.map((type) => plainType(type as string | undefined, schema, indent)).join(' | ');
}

function plainType(type: string | undefined, schema: JsonSchema, indent: string): string {
  switch (type) {
    case 'integer':
    case 'number':
      return 'number';
    case 'string':
    case 'boolean':
    case 'null':
      return type;
    case 'array':
      return arrayType(schema, indent);
    case 'object':
      return objectType(schema, indent);
    default:
      return 'unknown';
  }
}

function arrayType({ items, prefixItems }: JsonSchema, indent: string): string {
  if (Array.isArray(prefixItems))
    return `[${prefixItems.map((item) => typeOf(item as JsonSchema, indent)).join(', ')}]`;
  return typeof items === 'object' && items !== null ? `(${typeOf(items as JsonSchema, indent)})[]` : 'unknown[]';
}

function objectType(schema: JsonSchema, indent: string): string {
  const properties = Object.entries(Object(schema['properties']) as Record<string, JsonSchema>);
  const required = new Set(Array.isArray(schema['required']) ? schema['required'] : []);
  const extra = schema['additionalProperties'];
  if (properties.length === 0)
    return `Record<string, ${typeof extra === 'object' && extra !== null ? typeOf(extra as JsonSchema, indent) : 'unknown'}>`;
  const inner = `${indent}  `;
  const lines = properties.map(([name, property]) => {
    const { description } = property;
    const about = typeof description === 'string' ? `${inner}/** ${comment(description)} */\n` : '';
    return `${about}${inner}${literal(name)}${required.has(name) ? '' : '?'}: ${typeOf(property, inner)};`;
  });
  return `{\n${lines.join('\n')}\n${indent}}`;
}

function literal(value: Json): string {
  return JSON.stringify(value).replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029');
}

/** Text that cannot end a comment. */
function comment(text: string): string {
  return text.replaceAll('*/', '* /').replaceAll(/\s+/g, ' ');
}
