import {
  compiledExecutor,
  draftPackage,
  finishPackage,
  inspect,
  passGate,
  type Draft,
  type Gated,
} from '@slipway/core/conversion';
import { fail } from '@slipway/core/errors';
import { portableInflate, writeZip } from '@slipway/core/formats';
import { portableSha256 } from '@slipway/core/package';
import { exampleRow } from '@slipway/core/signature';
import { runtime } from 'virtual:runtime';
import { version } from 'virtual:version';
import { rowFields } from '../../packages/slipway/src/server/pages/fields.ts';
import { answeringOf, type Answering } from './answering.ts';
import { limits } from './limits.ts';
import type { Answered, Checked, Made, Opened, Picked, Product } from './messages.ts';
import { openFile, type OpenedFile } from './open-file.ts';
import { standalone } from './standalone.ts';

/** One dropped file in a worker: read, checked, asked, written. */
export class Session {
  readonly #object: string | undefined;
  readonly #stage: (text: string) => void;
  #file: OpenedFile | undefined;
  #draft: Draft | undefined;
  #answering: Answering | undefined;
  #gated: Promise<Gated> | undefined;

  constructor(object: string | undefined, stage: (text: string) => void) {
    this.#object = object;
    this.#stage = stage;
  }

  /** Reads and converts; a refused file is no error here but a finding. */
  open(picked: Picked): Opened {
    this.#stage('Reading the file');
    this.#file = openFile(picked);
    const { source, size, sha256 } = this.#file;
    this.#stage('Converting it, without executing it');
    const options = { inflate: portableInflate, limits, object: this.#object };
    const { findings, converted } = inspect(source, options);
    if (!converted) return { findings, size, sha256, fields: '', answeredBy: undefined, notCompiled: undefined };
    this.#draft = draftPackage(converted, {});
    this.#answering = answeringOf(this.#draft);
    const { by, notCompiled } = this.#answering;
    const fields = rowFields(converted.imported.signature).text;
    return { findings, size, sha256, fields, answeredBy: by, notCompiled };
  }

  /** Reference evaluator against compiled code, and both against the original's answers. */
  async check(): Promise<Checked> {
    const { goldens, report } = await this.#pass();
    const { adversarialRows, originalRows, warnings } = report;
    const graphBytes = this.#opened().graph.byteLength;
    return { adversarialRows, originalRows, goldens: goldens.length, warnings, graphBytes };
  }

  predict(row: unknown): Answered {
    const predict = this.#answering?.predict;
    if (!predict) throw fail('NOT_READY', { problem: 'This model does not answer in the browser.' });
    const started = performance.now();
    const answer = predict(row);
    return { answer, ms: performance.now() - started };
  }

  async make(product: Product): Promise<Made> {
    const draft = this.#opened();
    const stem = (this.#file?.source.name ?? 'model').replace(/\.[^.]*$/, '') || 'model';
    if (product === 'onnx') {
      // A copy, because giving it to the page takes it from here.
      return { name: `${stem}.onnx`, type: 'application/octet-stream', bytes: new Uint8Array(draft.graph) };
    }
    const type = 'application/zip';
    const { signature } = draft.converted.imported;
    if (product === 'module') {
      return { name: `${stem}-js.zip`, type, bytes: standalone(draft, runtime, exampleRow(signature)) };
    }
    const gated = await this.#pass();
    const { size, sha256 } = this.#file as OpenedFile;
    const origin = { source: { size, sha256 }, version, options: { object: this.#object, threshold: undefined } };
    const files = finishPackage(draft, gated, origin, portableSha256);
    return { name: `${stem}-package.zip`, type, bytes: writeZip(files) };
  }

  #pass(): Promise<Gated> {
    const draft = this.#opened();
    const { imported } = draft.converted;
    this.#stage('Checking the answers');
    return (this.#gated ??= passGate(
      imported,
      [compiledExecutor(imported.graph, imported.pre)],
      draft.originals,
      draft.answer,
    ));
  }

  #opened(): Draft {
    if (!this.#draft) throw fail('NOT_READY', { problem: 'No model is open.' });
    return this.#draft;
  }
}
