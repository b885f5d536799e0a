import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { latin1Bytes } from '../text.ts';
import { classifyGlobal, refuseDangerous, type GlobalClass } from './safety.ts';
import { readPickle } from './read.ts';

test.for<readonly [path: string, expected: GlobalClass]>([
  ['os.system', 'unsafe'],
  ['posix.system', 'unsafe'],
  ['nt.system', 'unsafe'],
  ['subprocess.Popen', 'unsafe'],
  ['sys.modules', 'unsafe'],
  ['builtins.eval', 'unsafe'],
  ['builtins.exec', 'unsafe'],
  ['builtins.open', 'unsafe'],
  ['builtins.compile', 'unsafe'],
  ['builtins.getattr', 'unsafe'],
  ['builtins.__import__', 'unsafe'],
  ['builtins.reduce', 'unsafe'],
  ['shutil.rmtree', 'unsafe'],
  ['socket.socket', 'unsafe'],
  ['ctypes.CDLL', 'unsafe'],
  ['importlib.import_module', 'unsafe'],
  ['runpy.run_path', 'unsafe'],
  ['pty.spawn', 'unsafe'],
  ['code.interact', 'unsafe'],
  ['webbrowser.open', 'unsafe'],
  ['pickle.loads', 'unsafe'],
  ['_pickle.loads', 'unsafe'],
  ['pandas.io.pickle.read_pickle', 'unsafe'],
  ['joblib.load', 'unsafe'],
  ['joblib.numpy_pickle.load', 'unsafe'],
  ['joblib.numpy_pickle.os.system', 'unsafe'],
  ['numpy.f2py.crackfortran.myeval', 'unsafe'],
  ['numpy.testing._private.utils.runstring', 'unsafe'],
  ['operator.attrgetter', 'unsafe'],
  ['operator.methodcaller', 'unsafe'],
  ['functools.reduce', 'unsafe'],
  ['logging.config.fileConfig', 'unsafe'],
  ['sklearn.pipeline.Pipeline.__init__.__globals__', 'unsafe'],
  ['builtins.object.__subclasses__', 'unsafe'],
  ['torch.hub.load', 'unsafe'],
  ['torch.serialization.load', 'unsafe'],
  ['commands.getoutput', 'unsafe'],
  ['io.open', 'unsafe'],
  ['cloudpickle.cloudpickle._make_function', 'custom-code'],
  ['joblib.externals.cloudpickle.cloudpickle._make_function', 'custom-code'],
  ['dill._dill._create_function', 'custom-code'],
  ['types.CodeType', 'custom-code'],
  ['builtins.set', 'ordinary'],
  ['builtins.str.split', 'ordinary'],
  ['functools.partial', 'ordinary'],
  ['operator.itemgetter', 'ordinary'],
  ['numpy.random._pickle.__randomstate_ctor', 'ordinary'],
  ['copyreg.__newobj__', 'ordinary'],
  ['scipy.signal._ltisys.lti', 'ordinary'],
  ['pandas.io.formats.style.Styler', 'ordinary'],
  ['joblib.memory.NotMemorizedFunc', 'ordinary'],
  ['__main__.HourCycle', 'ordinary'],
  ['torch._utils._rebuild_tensor_v2', 'ordinary'],
  ['datetime.datetime', 'ordinary'],
  ['types.SimpleNamespace', 'ordinary'],
])('%s is %s', ([path, expected]) => {
  expect(classifyGlobal(path)).toBe(expected);
});

test('no name that an honest fixture refers to is unsafe', () => {
  const url = new URL('../../../../../fixtures/globals.json', import.meta.url);
  const { fixtures } = JSON.parse(readFileSync(url, 'utf8')) as { fixtures: Record<string, string[]> };
  const paths = Object.values(fixtures).flat();
  expect(paths.length).toBeGreaterThan(300);
  const unsafe = paths.map((path) => path.replace(' ', '.')).filter((path) => classifyGlobal(path) === 'unsafe');
  expect(unsafe).toEqual([]);
});

test('the error names what is unsafe', () => {
  expect(() => refuseDangerous(new Map([['numpy.ndarray', 3]]))).not.toThrow();
  expect(() =>
    refuseDangerous(
      new Map([
        ['numpy.ndarray', 3],
        ['os.system', 1],
      ]),
    ),
  ).toThrow(expect.objectContaining({ code: 'UNSAFE_FILE', message: expect.stringContaining('os.system') }));
});

test.for<readonly [name: string, pickle: string, globals: readonly string[]]>([
  [
    'a method of a class becomes its dotted name',
    'cbuiltins\ngetattr\n(cbuiltins\nstr\nVsplit\ntR.',
    ['builtins.str', 'builtins.str.split'],
  ],
  ['so does one that leads astray', 'cbuiltins\ngetattr\n(cm\nos\nVsystem\ntR.', ['m.os', 'm.os.system']],
  ['a bound method of an instance is no danger', 'cbuiltins\ngetattr\n(cm\nC\n)\x81Vf\ntR.', ['m.C']],
  ['a special name is', 'cbuiltins\ngetattr\n(cm\nC\nV__globals__\ntR.', ['builtins.getattr', 'm.C']],
  ['the result of a call is', 'cbuiltins\ngetattr\n(cm\nf\n)RVsystem\ntR.', ['builtins.getattr', 'm.f']],
  ['getattr as a value is', 'cbuiltins\ngetattr\n.', ['builtins.getattr']],
  [
    'one honest use does not excuse another',
    'cbuiltins\ngetattr\n(cm\nC\nVf\ntR0cbuiltins\ngetattr\n.',
    ['builtins.getattr', 'm.C', 'm.C.f'],
  ],
  ['Python 2 names count as their successors', 'c__builtin__\neval\n.', ['builtins.eval']],
  ['NumPy 1 names count as their successors', 'cnumpy.core.multiarray\nscalar\n.', ['numpy._core.multiarray.scalar']],
])('getattr: %s', ([, pickle, globals]) => {
  const content = readPickle(latin1Bytes(pickle) as Uint8Array);
  expect([...content.globals.keys()].sort()).toEqual(globals);
});
