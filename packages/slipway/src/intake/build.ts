import { importModel, type Imported } from '@slipway/core/importers';
import { writeOnnx, type OnnxModel } from '@slipway/core/onnx';
import { answerColumns, writePackage, type OutputSpec } from '@slipway/core/package';
import { compileRows } from '@slipway/core/signature';
import { nodeInflate, sha256Hex } from '../stores/index.ts';
import { fromSaved, type Original } from './expectations.ts';
import { passGate, type Gated } from './gate.ts';
import type { IntakeOptions } from './options.ts';
import { readSample } from './sample.ts';
import { openSaved, type Saved } from './saved.ts';
import { readSource, type SourceFacts } from './source.ts';
import { version } from './version.ts';

/** The files of a package, and what only this machine needs to know of its making. */
export interface Built {
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly executors: Gated['executors'];
  readonly warnings: readonly string[];
}

/** Reads and converts a model without executing anything of it. */
export function convert(options: IntakeOptions): { readonly imported: Imported; readonly saved: Saved | undefined } {
  const source = readSource(options.path, options.name);
  const saved = openSaved(source);
  const imported = importModel(saved?.model ?? source, {
    inflate: nodeInflate,
    object: options.object ?? saved?.object,
    threshold: options.threshold,
  });
  return { imported, saved };
}

/** A model file → the files of a package that passed the gate. Runs in a process of its own: see {@link isolate}. */
export async function build(options: IntakeOptions, facts: SourceFacts): Promise<Built> {
  const { imported, saved } = convert(options);
  const { signature, report, pre } = imported;
  const graph = anonymous(imported.graph);
  const bytes = writeOnnx(graph);
  const outputs = outputsOf(graph);
  const answer = answerColumns(signature, outputs);
  const originals: Original[] = [
    ...fromSaved(signature, saved?.goldens ?? [], options.threshold !== undefined),
    ...fromSaved(signature, imported.goldens ?? [], options.threshold !== undefined),
    ...(options.sample === undefined ? [] : readSample(options.sample, compileRows(signature), answer)),
  ];
  const gated = await passGate(imported, bytes.byteLength, originals, answer);
  const requirements = [...new Set([...report.requirements, ...(saved?.requirements ?? [])])];
  const files = writePackage(
    {
      graph: bytes,
      signature,
      outputs,
      pre,
      goldens: gated.goldens,
      drift: report.drift,
      report: { ...report, requirements, gate: gated.report },
      source: {
        sha256: facts.sha256,
        size: facts.size,
        what: report.what,
        container: report.container,
        library: report.library,
        python: saved?.python,
      },
      requirements,
      importer: { name: 'slipway', version },
      options: { object: options.object, threshold: options.threshold },
    },
    sha256Hex,
  );
  return { files, executors: gated.executors, warnings: [...report.warnings, ...gated.report.warnings] };
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
