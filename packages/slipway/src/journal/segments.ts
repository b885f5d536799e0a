import { mkdir, open, readdir, rm, stat, type FileHandle } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Log } from '../telemetry/index.ts';

export interface SegmentOptions {
  readonly folder: string;
  /** Of all segments of the folder, whoever wrote them. */
  readonly maxBytes: number;
  readonly log: Log;
  /** An open segment is sealed at this size, or at this age. */
  readonly segmentBytes?: number | undefined;
  readonly segmentMs?: number | undefined;
}

const SEGMENT_BYTES = 8 * 1024 ** 2;
const SEGMENT_MS = 15 * 60_000;
/** Full segments that wait for the thread. */
const MOST_UNSEALED = 2;
const OPEN = '.jsonl';
const SEALED = '.parquet';

/**
 * Lines in files of a folder that several processes share. Each process appends to a segment of its own; a full one is
 * sealed as Parquet by a thread. What a process left that was killed is sealed by the next that starts. The oldest sealed
 * segments go when the folder is too large.
 */
export class Segments {
  readonly #options: SegmentOptions;
  readonly #most: number;
  /** One after the other: what is older is sealed, and may be given up, before what is newer. */
  #sealing: Promise<void> = Promise.resolve();
  #unsealed = 0;
  #file: FileHandle | undefined;
  #path = '';
  #size = 0;
  #openedAt = 0;
  #count = 0;
  readonly counts = { sealed: 0, deleted: 0 };

  constructor(options: SegmentOptions) {
    this.#options = options;
    // A small budget still has several segments, so that giving up the oldest does not empty the folder.
    this.#most = Math.min(options.segmentBytes ?? SEGMENT_BYTES, Math.max(64 * 1024, options.maxBytes / 8));
  }

  /** Makes the folder, and seals what processes left that are gone. */
  async recover(): Promise<void> {
    const { folder } = this.#options;
    await mkdir(folder, { recursive: true, mode: 0o700 });
    for (const name of await readdir(folder)) {
      if (!name.endsWith(OPEN) && !name.endsWith('.draft')) continue;
      const [, host, pid] = name.split('~');
      if (host !== hostname() || isAlive(Number.parseInt(pid ?? '', 10))) continue;
      if (name.endsWith(OPEN)) this.#seal(join(folder, name));
      else await rm(join(folder, name), { force: true });
    }
    await this.settled();
  }

  /** Appends whole lines. */
  async append(lines: string, now: number): Promise<void> {
    // Lines that come faster than they are sealed must not fill the disk: whoever writes waits, and drops what it cannot keep.
    if (this.#unsealed >= MOST_UNSEALED) await this.#sealing;
    if (!this.#file) await this.#begin(now);
    const bytes = Buffer.from(lines);
    await this.#file?.appendFile(bytes);
    this.#size += bytes.length;
    if (this.#size >= this.#most) await this.rotate();
  }

  /** Seals the open segment when it is old. */
  async rotateIfOld(now: number): Promise<void> {
    if (this.#file && now - this.#openedAt >= (this.#options.segmentMs ?? SEGMENT_MS)) await this.rotate();
  }

  /** Seals the open segment, in the background. */
  async rotate(): Promise<void> {
    const file = this.#file;
    if (!file) return;
    this.#file = undefined;
    await file.sync();
    await file.close();
    this.#seal(this.#path);
  }

  /** When nothing is being sealed any more. */
  async settled(): Promise<void> {
    await this.#sealing;
  }

  async #begin(now: number): Promise<void> {
    // Sorted by name they are sorted by time.
    const stamp = new Date(now).toISOString().replaceAll(/[:.]/g, '-');
    const name = `${stamp}~${hostname()}~${process.pid}~${this.#count++}`;
    this.#path = join(this.#options.folder, name + OPEN);
    this.#file = await open(this.#path, 'ax', 0o600);
    this.#size = 0;
    this.#openedAt = now;
  }

  #seal(path: string): void {
    this.#unsealed++;
    this.#sealing = this.#sealing
      .then(() => inThread(path, path.slice(0, -OPEN.length) + SEALED))
      .then(async () => {
        this.counts.sealed++;
        await this.#trim();
      })
      .catch((error: unknown) => this.#options.log.error('requests not sealed', { path, error }))
      .finally(() => this.#unsealed--);
  }

  /** Any process may do this; a file that another one has deleted is no problem. */
  async #trim(): Promise<void> {
    const { folder, maxBytes } = this.#options;
    const names = (await readdir(folder)).toSorted();
    const sizes = await Promise.all(
      names.map(async (name) => (await stat(join(folder, name)).catch(() => undefined))?.size ?? 0),
    );
    let total = sizes.reduce((sum, size) => sum + size, 0);
    for (const [i, name] of names.entries()) {
      if (total <= maxBytes) return;
      if (!name.endsWith(SEALED)) continue;
      await rm(join(folder, name), { force: true });
      total -= sizes[i] as number;
      this.counts.deleted++;
    }
  }
}

/** Encoding takes a while: not on the thread that answers. */
function inThread(from: string, to: string): Promise<void> {
  const name = import.meta.url.endsWith('.ts') ? './seal-worker.ts' : './seal-worker.js';
  const worker = new Worker(new URL(name, import.meta.url), {
    workerData: { open: from, sealed: to },
    name: 'slipway-seal',
  });
  return new Promise((resolve, reject) => {
    worker.once('message', () => resolve());
    worker.once('error', reject);
    worker.once('exit', (code) => reject(new Error(`the thread ended with ${code}`)));
  });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
