import type { Call } from '@slipway/core/protocols';
import { invalid, readRequest, refuse } from '../../mlflow-api/index.ts';
import { text, type Tracking } from '../context.ts';
import { findModel } from '../logged-models.ts';
import { findRun } from '../run-store.ts';
import { list } from '../show-runs.ts';
import { ArtifactFiles } from './files.ts';
import { pathOfUri, safePath } from './paths.ts';
import { sendFile } from './send-file.ts';

/** Handlers of artifacts: the store itself (`mlflow-artifacts`), and what runs and logged models have there. */
export function artifactHandlers(tracking: Tracking) {
  const files = new ArtifactFiles(tracking.artifacts, tracking.packages);
  const pathOf = (call: Call) => safePath(call.params['path'] ?? '');

  /** The entries of a folder below a run or model, with paths relative to it. */
  async function listBelow(root: string, given: string | undefined) {
    const path = given === undefined ? '' : safePath(given);
    const own = placeOf(root);
    const entries = await files.list(path === '' ? own : `${own}/${path}`);
    const shown = entries.map((entry) => ({ ...entry, path: path === '' ? entry.path : `${path}/${entry.path}` }));
    return { root_uri: root, ...list('files', shown) };
  }

  return {
    downloadArtifact: (call: Call) => sendFile(call, files, pathOf(call)),

    async uploadArtifact(call: Call) {
      await files.write(pathOf(call), call.stream?.() ?? one(call.body));
      return { status: 200, headers: ['content-type', 'application/json'], body: '' };
    },

    async deleteArtifact(call: Call) {
      await files.delete(pathOf(call));
      return {};
    },

    async listStore(call: Call) {
      const { path } = readRequest(call, { path: 'string' });
      return list('files', await files.list(path === undefined ? '' : safePath(path)));
    },

    async listArtifacts(call: Call) {
      const message = { run_id: 'string', run_uuid: 'string', path: 'string', page_token: 'string' } as const;
      const checks = { run_id: ['string', 'required'], path: ['string'], page_token: ['string'] } as const;
      const given = readRequest(call, message, checks);
      const run = await findRun(tracking, given.run_id || given.run_uuid || '');
      return await listBelow(text(run, 'artifact_uri'), given.path);
    },

    async getArtifact(call: Call) {
      const path = requiredPath(call.query('path'));
      const run = await findRun(tracking, call.query('run_id') || call.query('run_uuid') || '');
      return await sendFile(call, files, `${placeOf(text(run, 'artifact_uri'))}/${path}`);
    },

    async listModelArtifacts(call: Call) {
      const { artifact_directory_path: path } = readRequest(call, { artifact_directory_path: 'string' });
      const model = await findModel(tracking, call.params['model_id'] ?? '');
      return await listBelow(text(model, 'artifact_location'), path);
    },

    async getModelArtifact(call: Call) {
      const path = requiredPath(call.query('artifact_file_path'));
      const model = await findModel(tracking, call.params['model_id'] ?? '');
      return await sendFile(call, files, `${placeOf(text(model, 'artifact_location'))}/${path}`);
    },

    multipartUpload(): never {
      throw refuse('NOT_IMPLEMENTED', 'Multipart upload is not supported for the current artifact repository');
    },

    multipartDownload(): never {
      throw refuse('NOT_IMPLEMENTED', 'Multipart download is not supported for the current artifact repository');
    },

    presignedUrl(): never {
      throw invalid(
        'Presigned upload is not supported for proxied artifact storage (artifact URI scheme: mlflow-artifacts). This endpoint requires a direct cloud storage artifact URI.',
      );
    },
  };
}

function requiredPath(given: string | undefined): string {
  const path = given === undefined ? '' : safePath(given);
  if (path === '') throw invalid('Invalid path');
  return path;
}

function placeOf(uri: string): string {
  const path = pathOfUri(uri);
  if (path === undefined)
    throw invalid(`The artifacts of ${uri} are not on this server: only those of mlflow-artifacts:/… are.`);
  return path;
}

/* oxlint-disable-next-line typescript/require-await -- a body that was read before, as one that comes */
async function* one(body: Uint8Array): AsyncGenerator<Uint8Array> {
  yield body;
}
