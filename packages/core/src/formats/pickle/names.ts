import { fail } from '../../errors/index.ts';
import { PyGlobal, PyObject, type Plain } from '../python/index.ts';

/** Modules that Python 3 or NumPy 2 renamed; the new name stands for both, whatever wrote the file. */
const renamed: readonly (readonly [old: string, current: string])[] = [
  ['__builtin__', 'builtins'],
  ['copy_reg', 'copyreg'],
  ['numpy.core', 'numpy._core'],
];

/** Names of Python 2's `__builtin__` that Python 3 calls otherwise. */
const renamedBuiltins = new Map([
  ['unicode', 'str'],
  ['basestring', 'str'],
  ['long', 'int'],
  ['xrange', 'range'],
  ['unichr', 'chr'],
]);

/** A module's current name: `numpy.core.multiarray` is `numpy._core.multiarray`. */
function currentModule(module: string): string {
  for (const [old, current] of renamed) {
    if (module === old) return current;
    if (module.startsWith(`${old}.`)) return current + module.slice(old.length);
  }
  return module;
}

/** Honest files refer to a few dozen. */
const MOST_NAMES = 100_000;

/** The names that a pickle refers to, and how often. One object a name, so that a name in a loop costs nothing. */
export class Names {
  /** Dotted path → references. */
  readonly counts = new Map<string, number>();
  readonly #known = new Map<string, PyGlobal>();

  refer(module: string, nameInFile: string): PyGlobal {
    const current = currentModule(module);
    const name = module === '__builtin__' ? (renamedBuiltins.get(nameInFile) ?? nameInFile) : nameInFile;
    const path = `${current}.${name}`;
    this.counts.set(path, (this.counts.get(path) ?? 0) + 1);
    if (this.counts.size > MOST_NAMES)
      throw fail('LIMIT_EXCEEDED', { format: 'pickle', what: 'the number of names', limit: `${MOST_NAMES}` });
    let global = this.#known.get(path);
    // `a.b` + `c` and `a` + `b.c` have the same path but are different names.
    if (!global || global.module !== current) {
      global = new PyGlobal(current, name);
      this.#known.set(path, global);
    }
    return global;
  }

  /**
   * `getattr(cls, 'method')` is how Python writes `cls.method` (such as `str.split` as a tokenizer): it becomes that
   * dotted name, which is then judged as a whole. Of an instance it is a bound method, and stays a call that nobody makes.
   * Private names, and attributes of what a call would return, keep `getattr` among the names, where it is unsafe.
   */
  attribute(args: readonly Plain[]): PyGlobal | undefined {
    const [owner, name] = args;
    if (args.length !== 2 || typeof name !== 'string' || !/^[A-Za-z]\w*$/.test(name)) return undefined;
    if (!(owner instanceof PyGlobal) && !(owner instanceof PyObject && owner.how === 'new')) return undefined;
    const left = (this.counts.get(GETATTR) ?? 1) - 1;
    if (left > 0) this.counts.set(GETATTR, left);
    else this.counts.delete(GETATTR);
    return owner instanceof PyGlobal ? this.refer(owner.module, `${owner.name}.${name}`) : undefined;
  }
}

/** The path under which the one callable that is resolved by name stands. */
export const GETATTR = 'builtins.getattr';
