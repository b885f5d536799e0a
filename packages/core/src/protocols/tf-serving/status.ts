import { fail } from '../../errors/index.ts';
import type { Call, ListedVersion, Plane, Reply } from '../protocol.ts';
import { json } from '../reply.ts';

const STATES = { ready: 'AVAILABLE', available: 'AVAILABLE', loading: 'LOADING', failed: 'END' } as const;

/**
 * `GET /v1/models/{model}[/versions/{version}|/labels/{label}]`: the fields of TensorFlow Serving and those of KServe v1.
 * 503 while nothing of the model is ready, which is what KServe's clients ask for.
 */
export async function modelStatus({ params }: Call, plane: Plane): Promise<Reply> {
  const { model: name = '', version, label } = params;
  const all = (await plane.list(name)).find((model) => model.name === name)?.versions ?? [];
  const versions = all.filter(
    (one) =>
      (version === undefined || String(one.version ?? 1) === version) &&
      (label === undefined || one.aliases.includes(label)),
  );
  if (versions.length === 0) throw fail('MODEL_NOT_FOUND', { ref: name });
  const ready = versions.some(({ state }) => state === 'ready' || state === 'available');
  return json({ name, ready, model_version_status: versions.map(statusOf) }, ready ? 200 : 503);
}

function statusOf({ version, state, problem = '' }: ListedVersion) {
  return {
    version: String(version ?? 1),
    state: STATES[state],
    status: { error_code: state === 'failed' ? 'UNKNOWN' : 'OK', error_message: problem },
  };
}
