import { SlipwayError } from '@slipway/core/errors';
import { classifyGlobal, isPythonFile, readPython, sniff, titleOf } from '@slipway/core/formats';
import type { DriftColumn, Step } from '@slipway/core/importers';
import { answerColumns, type AnswerColumn } from '@slipway/core/package';
import { exampleRow, type Signature } from '@slipway/core/signature';
import { compiled } from '../runtimes/compiled/index.ts';
import { nodeInflate } from '../stores/index.ts';
import { convert, outputsOf } from './build.ts';
import { toPlain, type IntakeOptions, type PlainError } from './options.ts';
import { openSaved } from './saved.ts';
import { readSource, type SourceFacts } from './source.ts';

/** What a file turned out to be. Nothing of it was executed. */
export interface Inspection {
  readonly file: SourceFacts;
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

/** Reads a file as far as possible; a file that is refused still shows what was found. */
export async function inspect(options: IntakeOptions, facts: SourceFacts): Promise<Inspection> {
  const { looksLike, names } = look(options);
  try {
    return { file: facts, looksLike, names, model: await describe(options), problem: undefined };
  } catch (error) {
    if (!(error instanceof SlipwayError)) throw error;
    return { file: facts, looksLike, names, model: undefined, problem: toPlain(error) };
  }
}

/** What can be said without understanding the model. */
function look(options: IntakeOptions): Pick<Inspection, 'looksLike' | 'names'> {
  try {
    const source = readSource(options.path, options.name);
    const bytes = (openSaved(source)?.model ?? source).bytes;
    if (!bytes) return { looksLike: undefined, names: [] };
    const looksLike = titleOf(sniff(bytes));
    if (!isPythonFile(bytes)) return { looksLike, names: [] };
    const { globals } = readPython(bytes, { inflate: nodeInflate, allowUnsafe: true });
    const names = [...globals].map(([path, count]) => ({ path, count, kind: classifyGlobal(path) }));
    return { looksLike, names };
  } catch (error) {
    // What is wrong with the file is told by the import itself, right after this.
    if (error instanceof SlipwayError) return { looksLike: undefined, names: [] };
    throw error;
  }
}

async function describe(options: IntakeOptions): Promise<InspectedModel> {
  const { imported, saved } = convert(options);
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
    requirements: [...new Set([...report.requirements, ...(saved?.requirements ?? [])])],
    drift: report.drift,
    threshold: report.threshold,
    lineage: report.lineage,
    originalRows: (saved?.goldens.length ?? 0) + (imported.goldens?.length ?? 0),
    hosts: await hostsOf(imported),
  };
}

/** Our runtimes anywhere; hosts that bring their own ONNX Runtime or MLflow where the graph alone is the model. */
async function hostsOf({ graph, pre }: ReturnType<typeof convert>['imported']): Promise<Host[]> {
  const refused = await refusalOf(graph);
  const isWhole = !pre?.length;
  const why = isWhole ? undefined : 'text steps before the graph run in Slipway only';
  return [
    { host: 'Slipway on Node', runs: true },
    { host: 'browsers, workers and lambdas without native modules', runs: refused === undefined, why: refused },
    { host: 'ONNX Runtime 1.15 or later (Python, C#, Java, Triton, Azure ML)', runs: isWhole, why },
    { host: 'MLflow, Spark, Databricks', runs: isWhole, why },
  ];
}

async function refusalOf(graph: ReturnType<typeof convert>['imported']['graph']): Promise<string | undefined> {
  try {
    const model = await compiled.load(graph);
    await model[Symbol.asyncDispose]();
    return undefined;
  } catch (error) {
    if (error instanceof SlipwayError) return error.message;
    throw error;
  }
}
