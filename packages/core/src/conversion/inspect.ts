import { compile } from '../compiled/index.ts';
import { SlipwayError, toPlain, type PlainError } from '../errors/index.ts';
import { classifyGlobal, isPythonFile, readPython, sniff, titleOf } from '../formats/index.ts';
import type { DriftColumn, Imported, ImportOptions, Source, Step } from '../importers/index.ts';
import { answerColumns, type AnswerColumn } from '../package/index.ts';
import { exampleRow, type Signature } from '../signature/index.ts';
import { convert, requirementsOf, type Converted } from './convert.ts';
import { outputsOf } from './package-files.ts';
import { openSaved } from './saved.ts';

/** What a file turned out to be. Nothing of it was executed. */
export interface Findings {
  /** `a pickle`, `a zip archive`, … by its first bytes. */
  readonly looksLike: string | undefined;
  /** Classes and functions that the file names. */
  readonly names: readonly NamedGlobal[];
  /** What was converted; undefined when the file was refused. */
  readonly model: InspectedModel | undefined;
  /** Why it was refused. */
  readonly problem: PlainError | undefined;
}

export interface NamedGlobal {
  readonly path: string;
  readonly count: number;
  readonly kind: 'unsafe' | 'custom-code' | 'ordinary';
}

export interface InspectedModel {
  readonly what: string;
  readonly container: string;
  readonly library: { readonly name: string; readonly version: string | undefined };
  readonly python: string | undefined;
  readonly steps: readonly Step[];
  readonly signature: Signature;
  readonly answer: readonly AnswerColumn[];
  readonly exampleRow: unknown;
  readonly warnings: readonly string[];
  readonly requirements: readonly string[];
  readonly drift: readonly DriftColumn[];
  readonly threshold: number | undefined;
  readonly lineage: Readonly<Record<string, unknown>> | undefined;
  /** Answers of the original library that came with the file. */
  readonly originalRows: number;
  /** Where a package of it runs without anything else of ours. */
  readonly hosts: readonly Host[];
}

export interface Host {
  readonly host: string;
  readonly runs: boolean;
  readonly why?: string | undefined;
}

/** Reads a file as far as possible; a file that is refused still shows what was found. `converted` is there for one that was not. */
export function inspect(
  source: Source,
  options: ImportOptions,
): { readonly findings: Findings; readonly converted: Converted | undefined } {
  const { looksLike, names } = look(source, options);
  try {
    const converted = convert(source, options);
    return { findings: { looksLike, names, model: describe(converted), problem: undefined }, converted };
  } catch (error) {
    if (!(error instanceof SlipwayError)) throw error;
    return { findings: { looksLike, names, model: undefined, problem: toPlain(error) }, converted: undefined };
  }
}

/** What can be said without understanding the model. */
function look(source: Source, { inflate, limits }: ImportOptions): Pick<Findings, 'looksLike' | 'names'> {
  try {
    const bytes = (openSaved(source, inflate)?.model ?? source).bytes;
    if (!bytes) return { looksLike: undefined, names: [] };
    const looksLike = titleOf(sniff(bytes));
    if (!isPythonFile(bytes)) return { looksLike, names: [] };
    const { globals } = readPython(bytes, { inflate, limits, allowUnsafe: true });
    const names = [...globals].map(([path, count]) => ({ path, count, kind: classifyGlobal(path) }));
    return { looksLike, names };
  } catch (error) {
    // What is wrong with the file is told by the import itself, right after this.
    if (error instanceof SlipwayError) return { looksLike: undefined, names: [] };
    throw error;
  }
}

function describe(converted: Converted): InspectedModel {
  const { imported, saved } = converted;
  const { report, signature, graph } = imported;
  return {
    what: report.what,
    container: report.container,
    library: { name: report.library.name, version: report.library.version },
    python: saved?.python,
    steps: report.steps,
    signature,
    answer: answerColumns(signature, outputsOf(graph)),
    exampleRow: exampleRow(signature),
    warnings: report.warnings,
    requirements: requirementsOf(converted),
    drift: report.drift,
    threshold: report.threshold,
    lineage: report.lineage,
    originalRows: (saved?.goldens.length ?? 0) + (imported.goldens?.length ?? 0),
    hosts: hostsOf(imported),
  };
}

/** Our runtimes anywhere; hosts that bring their own ONNX Runtime or MLflow where the graph alone is the model. */
function hostsOf({ graph, pre }: Imported): Host[] {
  const refused = refusalOf(graph);
  const isWhole = !pre?.length;
  const why = isWhole ? undefined : 'steps before the graph (text, pictures) run in Slipway only';
  return [
    { host: 'Slipway on Node', runs: true },
    { host: 'browsers, workers and lambdas without native modules', runs: refused === undefined, why: refused },
    { host: 'ONNX Runtime 1.15 or later (Python, C#, Java, Triton, Azure ML)', runs: isWhole, why },
    { host: 'MLflow, Spark, Databricks', runs: isWhole, why },
  ];
}

function refusalOf(graph: Imported['graph']): string | undefined {
  try {
    compile(graph);
    return undefined;
  } catch (error) {
    if (error instanceof SlipwayError) return error.message;
    throw error;
  }
}
