import { createHash } from 'node:crypto';
import { fail } from '../packages/core/src/errors/index.ts';
import type { ModelSource, ServedModel, VersionInfo } from '../packages/slipway/src/engine/index.ts';
import { sampleModel } from './sample-model.ts';

/** Versions in memory, as a registry would give them. */
export class Versions implements ModelSource {
  readonly all: VersionInfo[] = [];
  readonly aliases = new Map<string, string>();
  loads: string[] = [];
  isDown = false;
  broken = new Set<string>();
  /** Bytes of each version, by model. */
  sizes = new Map<string, number>();
  /** Time that loading takes. */
  loadMs = 0;
  #changed: (() => void)[] = [];

  add(model: string): this {
    const version = this.all.filter((info) => info.model === model).length + 1;
    this.all.push({
      model,
      version,
      digest: `sha256:${createHash('sha256').update(`${model}:${version}`).digest('hex')}`,
      createdAt: '',
      newest: true,
      aliases: [],
      size: (this.sizes.get(model) ?? 200) / 2,
      source: {},
      summary: {},
    });
    return this;
  }

  resolve(ref: string): Promise<VersionInfo> {
    if (this.isDown) return Promise.reject(new Error('the database is away'));
    const [model, version] = (this.aliases.get(ref) ?? ref).split(':');
    const found = this.all.findLast(
      (info) => info.model === model && (version === undefined || info.version === Number(version)),
    );
    return found ? Promise.resolve(found) : Promise.reject(fail('MODEL_NOT_FOUND', { ref }));
  }

  load({ model, version, digest }: VersionInfo): Promise<ServedModel> {
    this.loads.push(`${model}:${version}`);
    if (this.broken.has(`${model}:${version}`))
      return Promise.reject(fail('PACKAGE_CORRUPT', { path: 'model.onnx', problem: 'changed' }));
    return this.#open(model, version, digest);
  }

  async #open(model: string, version: number, digest: string): Promise<ServedModel> {
    if (this.loadMs > 0) await new Promise((resolve) => setTimeout(resolve, this.loadMs));
    return await sampleModel({ name: model, version, digest, memory: this.sizes.get(model) });
  }

  models(): Promise<VersionInfo[]> {
    if (this.isDown) return Promise.reject(new Error('the database is away'));
    return Promise.resolve([...new Map(this.all.map((info) => [info.model, info])).values()]);
  }

  versions(model: string): Promise<VersionInfo[]> {
    return Promise.resolve(this.all.filter((info) => info.model === model));
  }

  watch(changed: () => void): () => void {
    this.#changed.push(changed);
    return () => (this.#changed = []);
  }

  async change(): Promise<void> {
    for (const changed of this.#changed) changed();
    await new Promise((resolve) => setTimeout(resolve, 60));
  }
}
