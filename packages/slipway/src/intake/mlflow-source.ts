import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fail } from '@slipway/core/errors';
import { defaultLimits, readableSize } from '@slipway/core/formats';
import { checkPath } from '@slipway/core/package';

type Json = Readonly<Record<string, unknown>>;

const TIMEOUT_MS = 600_000;
const MOST = { files: 1000, depth: 20, answerBytes: 16 * 2 ** 20, steps: 5 };

/**
 * Copies a model of an MLflow server (`MLFLOW_TRACKING_URI`) into a folder. Credentials are those of MLflow's own clients:
 * `MLFLOW_TRACKING_TOKEN`, or `MLFLOW_TRACKING_USERNAME` and `MLFLOW_TRACKING_PASSWORD`.
 */
export async function fetchFromMlflow(uri: string, folder: string, environment: NodeJS.ProcessEnv): Promise<void> {
  const server = new MlflowServer(uri, environment);
  const place = await server.resolve(uri);
  const [, path] = /^mlflow-artifacts:(?:\/\/[^/]*)?\/+(.+)$/.exec(place) ?? [];
  if (path === undefined) {
    throw fail('UNSUPPORTED_FORMAT', {
      what: uri,
      why: `its files lie at ${place}, which the MLflow server does not hand out.`,
      advice: `Fetch them with \`mlflow artifacts download -u ${uri} -d model\`, and import the folder.`,
    });
  }
  await server.download(path, folder);
}

class MlflowServer {
  readonly #uri: string;
  readonly #base: string;
  readonly #headers: Readonly<Record<string, string>>;

  constructor(uri: string, environment: NodeJS.ProcessEnv) {
    this.#uri = uri;
    const base = environment['MLFLOW_TRACKING_URI'] ?? '';
    if (!/^https?:\/\//i.test(base) || !URL.canParse(base)) {
      const advice = 'Set MLFLOW_TRACKING_URI to the address of the MLflow server, such as http://127.0.0.1:5000.';
      throw fail('USAGE', { problem: `${uri} needs an MLflow server.`, advice });
    }
    this.#base = base.replace(/\/+$/, '');
    const token = environment['MLFLOW_TRACKING_TOKEN'];
    const [user, password] = [environment['MLFLOW_TRACKING_USERNAME'], environment['MLFLOW_TRACKING_PASSWORD']];
    const basic =
      user !== undefined && password !== undefined ? Buffer.from(`${user}:${password}`).toString('base64') : '';
    this.#headers = token ? { authorization: `Bearer ${token}` } : basic ? { authorization: `Basic ${basic}` } : {};
  }

  /** Where the files of a model lie. */
  async resolve(uri: string, steps = MOST.steps): Promise<string> {
    if (steps === 0) throw fail('REMOTE_FAILED', { place: this.#base, problem: `${this.#uri} leads round in circles` });
    const [, run, path = ''] = /^runs:\/+([^/]+)\/?(.*)$/i.exec(uri) ?? [];
    if (run !== undefined) return await this.#ofRun(run, path);
    if (!/^models:/i.test(uri)) return uri;
    const [, name = '', how = '', which = ''] = /^models:\/+([^/@]+)(?:([/@])(.+))?$/i.exec(uri) ?? [];
    if (name === '')
      throw fail('USAGE', { problem: `${uri} names no model.`, advice: 'Write models:/churn@champion.' });
    if (how === '') {
      const { model } = await this.#json(`2.0/mlflow/logged-models/${encodeURIComponent(name)}`);
      return textOf(memberOf(memberOf(model, 'info'), 'artifact_uri'));
    }
    const version = /^\d+$/.test(which) && how === '/' ? which : await this.#versionOf(name, how, which);
    const query = new URLSearchParams({ name, version });
    const { artifact_uri: place } = await this.#json(`2.0/mlflow/model-versions/get-download-uri?${query.toString()}`);
    return await this.resolve(textOf(place), steps - 1);
  }

  /** Copies a folder of the artifacts. */
  async download(root: string, folder: string): Promise<void> {
    let files = 0;
    let left = defaultLimits.inputBytes;
    const enter = async (path: string, inner: string, depth: number): Promise<void> => {
      if (depth > MOST.depth) throw fail('LIMIT_EXCEEDED', { format: 'folder', what: 'its depth', limit: MOST.depth });
      const query = new URLSearchParams({ path });
      const { files: entries } = await this.#json(`2.0/mlflow-artifacts/artifacts?${query.toString()}`);
      for (const entry of Array.isArray(entries) ? (entries as unknown[]) : []) {
        const name = textOf(memberOf(entry, 'path')).split('/').at(-1) ?? '';
        const relative = inner === '' ? name : `${inner}/${name}`;
        checkPath(relative);
        if (memberOf(entry, 'is_dir') === true) {
          await enter(`${path}/${name}`, relative, depth + 1);
          continue;
        }
        if (++files > MOST.files)
          throw fail('LIMIT_EXCEEDED', { format: 'folder', what: 'the number of files', limit: MOST.files });
        left -= await this.#save(`${path}/${name}`, join(folder, relative), left);
      }
    };
    await enter(root, '', 0);
    if (files === 0)
      throw fail('FILE_NOT_FOUND', { path: this.#uri }, { hint: 'The MLflow server has no files there.' });
  }

  async #ofRun(id: string, path: string): Promise<string> {
    const { run } = await this.#json(`2.0/mlflow/runs/get?${new URLSearchParams({ run_id: id }).toString()}`);
    // MLflow 3 keeps models beside runs; a run names those that it made.
    const outputs = memberOf(memberOf(run, 'outputs'), 'model_outputs');
    for (const output of Array.isArray(outputs) ? (outputs as unknown[]) : []) {
      const own = encodeURIComponent(textOf(memberOf(output, 'model_id')));
      const info = memberOf((await this.#json(`2.0/mlflow/logged-models/${own}`))['model'], 'info');
      if (memberOf(info, 'name') === path) return textOf(memberOf(info, 'artifact_uri'));
    }
    return `${textOf(memberOf(memberOf(run, 'info'), 'artifact_uri'))}/${path}`;
  }

  async #versionOf(name: string, how: string, which: string): Promise<string> {
    const isStage = how === '/' && which.toLowerCase() !== 'latest';
    const answer = isStage
      ? await this.#json(
          `2.0/mlflow/registered-models/get-latest-versions?${new URLSearchParams({ name, stages: which }).toString()}`,
        )
      : await this.#json(
          `2.0/mlflow/registered-models/alias?${new URLSearchParams({ name, alias: which }).toString()}`,
        );
    const listed = answer['model_versions'];
    const found = isStage ? (Array.isArray(listed) ? (listed as unknown[])[0] : undefined) : answer['model_version'];
    const version = memberOf(found, 'version');
    if (typeof version === 'string') return version;
    throw fail('FILE_NOT_FOUND', { path: this.#uri }, { hint: 'The MLflow server has no such version.' });
  }

  async #json(path: string): Promise<Json> {
    const response = await this.#get(path);
    const text = await response.text();
    if (text.length > MOST.answerBytes)
      throw fail('LIMIT_EXCEEDED', { format: 'MLflow', what: 'an answer', limit: readableSize(MOST.answerBytes) });
    try {
      return Object(JSON.parse(text)) as Json;
    } catch (cause) {
      throw fail('REMOTE_FAILED', { place: this.#base, problem: `${path} is no JSON` }, { cause });
    }
  }

  async #save(path: string, target: string, limit: number): Promise<number> {
    const encoded = path.split('/').map(encodeURIComponent).join('/');
    const response = await this.#get(`2.0/mlflow-artifacts/artifacts/${encoded}`);
    let size = 0;
    const capped = new Transform({
      transform(chunk: Uint8Array, _encoding, done) {
        size += chunk.byteLength;
        if (size > limit)
          done(
            fail('LIMIT_EXCEEDED', {
              format: 'download',
              what: 'its size',
              limit: readableSize(defaultLimits.inputBytes),
            }),
          );
        else done(null, chunk);
      },
    });
    await mkdir(dirname(target), { recursive: true });
    if (response.body)
      await pipeline(Readable.fromWeb(response.body), capped, createWriteStream(target, { flags: 'wx' }));
    return size;
  }

  async #get(path: string): Promise<Response> {
    let response: Response;
    try {
      const signal = AbortSignal.timeout(TIMEOUT_MS);
      response = await fetch(`${this.#base}/api/${path}`, { headers: this.#headers, redirect: 'error', signal });
    } catch (cause) {
      const { cause: reason } = cause as { cause?: Error };
      const problem = `nobody answers: ${reason?.message ?? (cause as Error).message}`;
      throw fail('REMOTE_FAILED', { place: this.#base, problem }, { cause });
    }
    if (response.ok) return response;
    const said = /"message"\s*:\s*"([^"]{1,300})"/.exec(await response.text().catch(() => ''))?.[1];
    if (response.status === 404)
      throw fail('FILE_NOT_FOUND', { path: this.#uri }, { hint: `The MLflow server says: ${said ?? 'not found'}.` });
    throw fail('REMOTE_FAILED', {
      place: this.#base,
      problem: `it answers ${response.status}${said ? `, ${said}` : ''}`,
    });
  }
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name) ? (value as Json)[name] : undefined;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
