import { isWithin, tightest } from '../signature/limits.ts';
import { input, topological, type Demand, type Model, type Value } from './value.ts';

/**
 * What the model asks of each of its inputs, by position: found by walking back from the outputs, each operation
 * translating what is asked of its result into what that asks of its inputs.
 */
export function demands(model: Model): Demand[] {
  const asked = new Map<Value, Demand[]>();
  const order = topological(model.outputs.map((output) => output.value));
  for (const value of order.toReversed()) {
    const own = asked.get(value) ?? nothing(value.width);
    const perInput = value.op.demand?.(value.params, own, value) ?? passThrough(value, own);
    value.inputs.forEach((operand, i) => {
      const before = asked.get(operand) ?? nothing(operand.width);
      const more = perInput[i] ?? nothing(operand.width);
      asked.set(
        operand,
        before.map((demand, at) => merge(demand, more[at] ?? {})),
      );
    });
  }
  const result: Demand[] = model.inputs.map(() => ({}));
  for (const value of model.inputs) {
    result[value.params.position] = (value.op.id === input.id && asked.get(value)?.[0]) || {};
  }
  return result;
}

/** Both demands at once. Of two lists of categories the closed one wins, of two closed ones the common values. */
export function merge(a: Demand, b: Demand): Demand {
  return {
    present: a.present || b.present,
    finite: a.finite || b.finite,
    float32: a.float32 || b.float32,
    numerals: a.numerals || b.numerals,
    date: a.date || b.date,
    limits: a.limits && b.limits ? tightest([...a.limits, ...b.limits]) : (a.limits ?? b.limits),
    categories: mergeCategories(a.categories, b.categories),
  };
}

function mergeCategories(a: Demand['categories'], b: Demand['categories']): Demand['categories'] {
  if (!a || !b) return a ?? b;
  if (a.closed !== b.closed) return a.closed ? a : b;
  if (!a.closed) return { values: [...new Set([...a.values, ...b.values])], closed: false };
  const common = new Set(b.values);
  return { values: a.values.filter((value) => common.has(value)), closed: true };
}

/** Whether what is asked of a column allows a value that an imputer puts there. */
export function accepts({ categories, limits }: Demand, fill: number | string): boolean {
  if (typeof fill === 'number' && limits && !isWithin(limits, fill)) return false;
  if (!categories?.closed) return true;
  return categories.values.some((value) => (typeof value === 'boolean' ? Number(value) : value) === fill);
}

/** Without the categories: for operations that compute something new from a column. */
function withoutCategories({ present, finite, float32 }: Demand): Demand {
  return { present, finite, float32 };
}

function nothing(width: number): Demand[] {
  return Array.from({ length: width }, () => ({}));
}

/** The default: element-wise where widths agree, else every position of every input gets the union. */
function passThrough(value: Value, own: readonly Demand[]): Demand[][] {
  let union: Demand = {};
  for (const demand of own) union = merge(union, withoutCategories(demand));
  return value.inputs.map((operand) =>
    operand.width === value.width ? own.map(withoutCategories) : Array.from({ length: operand.width }, () => union),
  );
}
