import { constants } from 'node:fs';
import { cp, stat } from 'node:fs/promises';
import { SlipwayError } from '@slipway/core/errors';
import type { TrackingPort } from '../mlflow-api/index.ts';
import { filePath, pathOfUri } from './artifacts/paths.ts';
import { text, type Tracking } from './context.ts';
import { findModel } from './logged-models.ts';
import { findRun } from './run-store.ts';

const VERSIONS_TAG = 'mlflow.modelVersions';

/** What the model registry asks of the tracking server. */
export function openPort(tracking: Tracking): TrackingPort {
  return {
    async run(runId) {
      const row = await orNone(findRun(tracking, runId));
      return row && { artifactUri: text(row, 'artifact_uri') };
    },

    async loggedModel(modelId) {
      const row = await orNone(findModel(tracking, modelId));
      return row && { artifactUri: text(row, 'artifact_location'), runId: text(row, 'source_run_id') };
    },

    async download(uri, folder) {
      const path = await orNone(Promise.resolve().then(() => pathOfUri(uri)));
      if (path === undefined || path === '') return false;
      const from = filePath(tracking.artifacts, path);
      if (!(await stat(from).catch(() => undefined))?.isDirectory()) return false;
      await cp(from, folder, { recursive: true, mode: constants.COPYFILE_FICLONE });
      return true;
    },

    async noteVersion(modelId, name, version) {
      const [row] = await tracking.rows.read('SELECT value FROM logged_model_tags WHERE model_id = ? AND key = ?', [
        modelId,
        VERSIONS_TAG,
      ]);
      const known: unknown = row === undefined ? [] : JSON.parse(text(row, 'value'));
      const versions: unknown[] = [
        ...(Array.isArray(known) ? (known as unknown[]) : []),
        { name, version: Number(version) },
      ];
      await tracking.rows.write([
        {
          sql: `INSERT INTO logged_model_tags (model_id, key, value) VALUES (?, ?, ?)
            ON CONFLICT (model_id, key) DO UPDATE SET value = excluded.value`,
          values: [modelId, VERSIONS_TAG, JSON.stringify(versions)],
        },
      ]);
    },
  };
}

/** Undefined for what is not there. */
async function orNone<T>(finding: Promise<T>): Promise<T | undefined> {
  try {
    return await finding;
  } catch (error) {
    if (error instanceof SlipwayError) return undefined;
    throw error;
  }
}
