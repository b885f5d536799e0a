import { fail } from '../../../errors/index.ts';
import type { Value } from '../../../ir/index.ts';
import { itemsOf, PyDict, PyGlobal, PyObject, type Fitted, type Plain } from '../fitted.ts';
import { Call } from './arguments.ts';
import { functions } from './functions.ts';

/** Modules whose functions are known by their own name, wherever inside the module their version keeps them. */
const MODULES = /^(numpy|scipy\.special|operator|_operator|builtins|math|pandas)(\.|$)/;

/**
 * The result of a Python function of a file on columns of numbers, such as the `func` of a FunctionTransformer.
 *
 * Nothing is called: the function is a name, and the name has a formula here. Others are refused as custom code.
 */
export function callFunction(fitted: Fitted, func: Plain | undefined, keywords: Plain | undefined, x: Value): Value {
  if (func === undefined || func === null) return x;
  const name = nameOf(func);
  const call = resolve(func, new Call([], keywords instanceof PyDict ? [...keywords.entries()] : []));
  if (!call) throw fail('CUSTOM_CODE', { path: fitted.path, name });
  const formula = functions.get(call.name);
  if (!formula)
    throw fitted.unsupported(
      `the function ${name}`,
      'Use a function that has a formula (log1p, sqrt, clip, …: see docs/reference/support.md), or move the step before the model.',
    );
  const result = formula(x, call.arguments);
  if (!result)
    throw fitted.unsupported(`${name} with these arguments`, 'Use fewer arguments, or move the step before the model.');
  const left = call.arguments.left();
  if (left.length)
    throw fitted.unsupported(
      `${name} with ${left.join(', ')}`,
      'Leave the argument out, or move the step before the model.',
    );
  return result;
}

interface Resolved {
  readonly name: string;
  readonly arguments: Call;
}

/** A function by its name, also through functools.partial. */
function resolve(func: Plain, call: Call): Resolved | undefined {
  if (func instanceof PyGlobal) return MODULES.test(func.module) ? { name: func.name, arguments: call } : undefined;
  if (!(func instanceof PyObject)) return undefined;
  if (func.path === 'functools.partial') {
    const [inner, args, keywords] = itemsOf(func.state) ?? [];
    const bound = new Call(
      [...(itemsOf(args) ?? []), ...call.before],
      [...(keywords instanceof PyDict ? keywords.entries() : []), ...call.keywords],
    );
    return inner === undefined ? undefined : resolve(inner, bound);
  }
  // How NumPy up to 1.18 pickles a ufunc.
  const [module, name] = func.args;
  if (func.name === '_ufunc_reconstruct' && typeof module === 'string' && typeof name === 'string')
    return resolve(new PyGlobal(module, name), call);
  return undefined;
}

/** What a function is called, as far as the file says. */
function nameOf(func: Plain): string {
  if (func instanceof PyGlobal) return func.path;
  if (!(func instanceof PyObject)) return 'a function';
  if (func.path === 'functools.partial') return nameOf(itemsOf(func.state)?.[0] ?? null);
  if (func.name === '_make_function') {
    const own = func.args.find((arg) => typeof arg === 'string');
    const name =
      typeof own === 'string'
        ? own
        : ((func.state instanceof PyObject ? undefined : nameInState(func.state)) ?? 'a function');
    return name === '<lambda>' ? 'a lambda' : `the function ${name}`;
  }
  return func.path === '?' ? 'a function' : func.path;
}

/** cloudpickle sets `__name__` afterwards. */
function nameInState(state: Plain | undefined): string | undefined {
  for (const part of itemsOf(state) ?? []) {
    const name = part instanceof PyDict ? part.get('__name__') : undefined;
    if (typeof name === 'string') return name;
  }
  return undefined;
}
