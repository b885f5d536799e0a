import type { Signature } from '../signature/index.ts';
import { answerColumns, type OutputSpec } from './answer-columns.ts';
import { summarize, writeGoldens, type Golden } from './golden.ts';
import { jsonBytes, textBytes, toJson } from './json.ts';
import { FORMAT_VERSION, layout, type Sha256 } from './layout.ts';
import type { FileEntry, Manifest, PackageSource } from './manifest.ts';
import { mlflowFiles } from './mlflow.ts';

/** Everything that a package is made from; nothing in it may come from a clock, a path or a user. */
export interface PackageContents {
  /** The bytes of `model.onnx`. */
  readonly graph: Uint8Array;
  /** Outputs of the graph, in its order. */
  readonly outputs: readonly OutputSpec[];
  readonly signature: Signature;
  /** Declarative steps before the graph. */
  readonly pre?: readonly unknown[] | undefined;
  readonly goldens: readonly Golden[];
  /** Statistics of the columns, `drift.json`. */
  readonly drift: readonly unknown[];
  /** What the import found, `report.json`. */
  readonly report: Readonly<Record<string, unknown>>;
  readonly source: PackageSource;
  /** Python requirements of the original, kept as comments: the package itself needs none of them. */
  readonly requirements: readonly string[];
  readonly importer: Manifest['importer'];
  readonly options: Manifest['options'];
}

/** The files of a package, by path in sorted order. The same contents give the same bytes. */
export function writePackage(contents: PackageContents, sha256: Sha256): Map<string, Uint8Array> {
  const { signature, outputs } = contents;
  const answer = answerColumns(signature, outputs);
  const files = new Map<string, Uint8Array>();
  files.set(layout.graph, contents.graph);
  if (contents.pre?.length) files.set(layout.pre, jsonBytes(contents.pre));
  files.set(layout.goldens, writeGoldens(contents.goldens));
  files.set(layout.drift, jsonBytes({ columns: contents.drift }));
  files.set(layout.report, jsonBytes(contents.report));
  for (const [path, text] of mlflowFiles({ ...contents, answer })) files.set(path, textBytes(text));

  const manifest: Manifest = {
    formatVersion: FORMAT_VERSION,
    task: signature.task,
    source: contents.source,
    importer: contents.importer,
    options: contents.options,
    goldens: summarize(contents.goldens),
    signature,
    outputs,
    answer,
    files: [...files].map(([path, bytes]) => entry(path, bytes, sha256)).toSorted(byPath),
  };
  files.set(layout.manifest, sealManifest(manifest, sha256));
  return new Map([...files].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/**
 * The bytes of `slipway.json`: the manifest as JSON, whose first line inside the braces is `"digest"`.
 *
 * The digest is the SHA-256 of the document without that line, so it covers the signature and the digests of all files.
 */
function sealManifest(manifest: Manifest, sha256: Sha256): Uint8Array {
  const document = `${toJson(manifest, 1)}\n`;
  const digest = `sha256:${sha256(textBytes(document))}`;
  return textBytes(document.replace('{\n', () => `{\n "digest": "${digest}",\n`));
}

function entry(path: string, bytes: Uint8Array, sha256: Sha256): FileEntry {
  return { path, size: bytes.byteLength, sha256: sha256(bytes) };
}

function byPath(a: FileEntry, b: FileEntry): number {
  return a.path < b.path ? -1 : 1;
}
