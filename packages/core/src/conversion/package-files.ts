import type { ImportOptions } from '../importers/index.ts';
import { writeOnnx, type OnnxModel } from '../onnx/index.ts';
import {
  answerColumns,
  writePackage,
  type AnswerColumn,
  type OutputSpec,
  type PackageContents,
  type Sha256,
} from '../package/index.ts';
import { requirementsOf, type Converted } from './convert.ts';
import { fromSaved, type Original } from './expectations.ts';
import type { Gated } from './gate.ts';

/** A package before the gate: what executors run, and what they must answer. */
export interface Draft {
  readonly converted: Converted;
  /** The bytes of `model.onnx`. */
  readonly graph: Uint8Array;
  readonly outputs: readonly OutputSpec[];
  readonly answer: readonly AnswerColumn[];
  /** Answers of the original that came with the file. */
  readonly originals: readonly Original[];
}

/** Writes the graph and gathers the original's answers. */
export function draftPackage(converted: Converted, { threshold }: Pick<ImportOptions, 'threshold'>): Draft {
  const { imported, saved } = converted;
  const graph = anonymous(imported.graph);
  const outputs = outputsOf(graph);
  const originals = [saved?.goldens, imported.goldens].flatMap((goldens) =>
    fromSaved(imported.signature, goldens ?? [], threshold !== undefined),
  );
  const answer = answerColumns(imported.signature, outputs);
  return { converted, graph: writeOnnx(graph), outputs, answer, originals };
}

/** What the package says about where it came from. */
export interface Origin {
  /** Of the file that was read. */
  readonly source: { readonly sha256: string; readonly size: number };
  /** Of the Slipway that reads it. */
  readonly version: string;
  readonly options: PackageContents['options'];
}

/**
 * The files of a package that passed the gate. The same file, options and version give the same bytes, on every platform but for
 * cross-checked goldens behind exp, log and the like: those differ in the last bit from one JavaScript engine to another.
 */
export function finishPackage(
  { converted, graph, outputs }: Draft,
  gated: Gated,
  { source, version, options }: Origin,
  sha256: Sha256,
): Map<string, Uint8Array> {
  const { signature, report, pre } = converted.imported;
  const requirements = requirementsOf(converted);
  return writePackage(
    {
      graph,
      signature,
      outputs,
      pre,
      goldens: gated.goldens,
      drift: report.drift,
      report: { ...report, requirements, gate: gated.report },
      source: {
        sha256: source.sha256,
        size: source.size,
        what: report.what,
        container: report.container,
        library: report.library,
        python: converted.saved?.python,
      },
      requirements,
      importer: { name: 'slipway', version },
      options,
    },
    sha256,
  );
}

/** The outputs of a graph, without the batch dimension. */
export function outputsOf(graph: OnnxModel): OutputSpec[] {
  return graph.graph.outputs.map(({ name, dtype, shape }) => ({
    name,
    dtype,
    shape: shape.slice(1).map((dim) => (typeof dim === 'number' ? dim : null)),
  }));
}

/** The same bytes under another name are the same package, so the graph does not keep the name of its file. */
function anonymous(graph: OnnxModel): OnnxModel {
  return { ...graph, metadata: new Map([...graph.metadata].filter(([key]) => key !== 'source')) };
}
