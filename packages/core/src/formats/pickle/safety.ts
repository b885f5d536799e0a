import { fail } from '../../errors/index.ts';

/** Top-level modules whose every name is refused: they run code, start programs, or reach files, network or the interpreter. */
const unsafeModules = words(`
  os posix nt posixpath ntpath genericpath subprocess _posixsubprocess popen2 commands pty tty sys site imp importlib _imp
  _frozen_importlib _frozen_importlib_external zipimport pkgutil runpy modulefinder ctypes _ctypes cffi mmap _winapi winreg
  _winreg msvcrt resource signal _signal syslog shutil tempfile glob fileinput codeop code compileall py_compile bdb pdb
  cProfile profile _lsprof trace timeit doctest unittest idlelib lib2to3 pydoc _pyrepl _aix_support _osx_support socket
  _socket ssl _ssl select selectors asyncio _asyncio http urllib urllib2 urllib3 httplib ftplib smtplib telnetlib poplib
  imaplib nntplib xmlrpc xmlrpclib socketserver SocketServer requests httpx aiohttp webbrowser antigravity multiprocessing
  _multiprocessing threading _thread thread pickle cPickle _pickle marshal shelve dbm venv ensurepip pip setuptools
  distutils gc getpass pwd grp crypt fcntl termios curses readline rlcompleter IPython pexpect paramiko psutil win32api
  win32com pythoncom`);

/** Modules that others import: `joblib.numpy_pickle.os.system` walks into one of them through an honest module. */
const walkedModules = words(`
  os posix nt sys subprocess shutil socket ctypes importlib builtins __builtin__ cPickle marshal runpy pty webbrowser
  tempfile imp commands popen2`);

/** Refused names inside modules that honest models use, too. */
const unsafeNames: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  [
    [
      'builtins',
      `eval exec execfile compile open file getattr setattr delattr globals locals vars input raw_input breakpoint apply
       reload reduce help exit quit`,
    ],
    ['operator', 'attrgetter methodcaller call'],
    ['_operator', 'attrgetter methodcaller call'],
    ['functools', 'reduce partialmethod'],
    ['_functools', 'reduce'],
    ['itertools', 'starmap'],
    ['io', 'open open_code FileIO'],
    ['_io', 'open open_code FileIO'],
    ['_pyio', 'open open_code FileIO'],
    ['codecs', 'open'],
    ['uuid', '_get_command_stdout _popen'],
    ['logging', 'FileHandler'],
    ['logging.config', 'dictConfig fileConfig listen'],
    ['logging.handlers', 'SocketHandler HTTPHandler SMTPHandler RotatingFileHandler'],
    ['joblib', 'load dump Memory'],
    ['joblib.numpy_pickle', 'load dump'],
    ['joblib.numpy_pickle_compat', 'load_compatibility'],
    ['joblib.memory', 'Memory'],
    ['cloudpickle', 'load loads'],
    ['cloudpickle.cloudpickle', 'load loads'],
    ['dill', 'load loads load_session load_module'],
    ['dill._dill', 'load loads _eval_repr'],
    ['numpy', 'load save savez fromfile memmap loadtxt genfromtxt f2py distutils'],
    ['numpy.testing', 'runstring rundocs measure'],
    ['numpy.testing._private.utils', 'runstring rundocs measure'],
    ['numpy.lib.npyio', 'load save fromregex loadtxt genfromtxt DataSource'],
    ['numpy.lib._npyio_impl', 'load save fromregex loadtxt genfromtxt DataSource'],
    [
      'pandas',
      'eval read_pickle read_csv read_table read_html read_sql read_hdf read_parquet read_json read_xml HDFStore',
    ],
    ['pandas.io', 'pickle pytables parsers sql html'],
    ['pandas.core.computation', 'eval expr'],
    ['pandas.core.frame', 'DataFrame.eval DataFrame.query'],
    ['torch', 'load hub'],
    ['torch.serialization', 'load'],
    ['torch.utils', 'collect_env bottleneck _config_module cpp_extension'],
    ['torch._dynamo', 'guards'],
    ['torch._inductor', 'codecache'],
    ['yaml', 'load load_all unsafe_load unsafe_load_all full_load full_load_all'],
  ].map(([module, names]) => [module as string, words(names as string)]),
);

/** Special names that pickle itself writes; any other `__name__` leads from an object to the interpreter. */
const honestSpecialNames = new Set(['copyreg.__newobj__', 'copyreg.__newobj_ex__']);

/** What cloudpickle and dill call to build functions and classes from code inside the file. */
const codeBuilders = words(`
  _make_function _make_skel_func _fill_function _make_cell _make_empty_cell _make_skeleton_class _make_skeleton_enum
  _rehydrate_skeleton_class _builtin_type _function_setstate _class_setstate _lookup_class_or_track subimport
  dynamic_subimport _create_function _create_code _create_type _create_cell _create_namedtuple _load_type _import_module
  _get_attr _setattr`);

/** What a referenced name means for whoever would load the file with Python. */
export type GlobalClass = 'unsafe' | 'custom-code' | 'ordinary';

/**
 * Judges the dotted path of a global. `unsafe`: running it can run code or touch the system, so the file is refused.
 * `custom-code`: Python code that its author saved along. `ordinary` says no more than that: meaning is given by importers'
 * lists of exact names.
 */
export function classifyGlobal(path: string): GlobalClass {
  const parts = path.split('.');
  if (isUnsafe(path, parts)) return 'unsafe';
  const last = parts.at(-1) as string;
  if (parts[0] === 'types')
    return ['CodeType', 'FunctionType', 'LambdaType', 'MethodType'].includes(last) ? 'custom-code' : 'ordinary';
  const isBuilder = parts.includes('cloudpickle') || parts[0] === 'dill';
  return isBuilder && codeBuilders.has(last) ? 'custom-code' : 'ordinary';
}

function isUnsafe(path: string, parts: readonly string[]): boolean {
  if (unsafeModules.has(parts[0] as string)) return true;
  for (let i = 1; i < parts.length; i++) {
    const part = parts[i] as string;
    if (walkedModules.has(part)) return true;
    // `pickle` and `_pickle` are also honest names of modules, such as numpy.random._pickle.
    if (/^_?pickle$/.test(part) && /^(loads?|Unpickler)$/.test(parts[i + 1] ?? '')) return true;
    if (/^__\w*__$/.test(part) && !honestSpecialNames.has(path)) return true;
    const names = unsafeNames.get(parts.slice(0, i).join('.'));
    if (names?.has(part) || names?.has(parts.slice(i).join('.'))) return true;
  }
  return false;
}

/** Refuses a file that refers to anything unsafe, naming it. */
export function refuseDangerous(globals: ReadonlyMap<string, number>): void {
  for (const path of globals.keys()) {
    if (classifyGlobal(path) === 'unsafe') throw fail('UNSAFE_FILE', { global: path.slice(0, 200) });
  }
}

function words(text: string): ReadonlySet<string> {
  return new Set(text.trim().split(/\s+/));
}
