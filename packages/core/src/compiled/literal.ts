/** A number as JavaScript source that reads back as exactly the same number. This is the only way into generated code for a value of a model. */
export function literal(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (value === Infinity) return 'Infinity';
  if (Object.is(value, -0)) return '(-0)';
  return value < 0 ? `(${String(value)})` : String(value);
}
