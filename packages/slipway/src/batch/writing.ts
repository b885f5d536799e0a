import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { Draft } from './draft.ts';
import { Journal, readJournal, type Committed, type Entry, type Planned } from './journal.ts';
import type { Plan } from './plan.ts';
import type { Scored } from './scoring/spec.ts';
import { sinks, type Part, type Sink } from './sinks/index.ts';
import type { Place } from './sources/index.ts';

/** How far a job is. */
export interface State {
  /** Pieces so far. */
  pieces: number;
  /** By input: where to go on. */
  readonly places: Map<number, Place>;
  /** By input: how much of it is read, from 0 to 1. */
  readonly shares: Map<number, number>;
  /** Inputs that are read to their end. */
  readonly read: Set<number>;
  /** Outputs that are complete. */
  readonly written: Set<number>;
  rows: number;
  rejected: number;
}

/** Writes drafts and journal in step: first the bytes, then the line that counts them. */
export class Writing implements Disposable {
  readonly entries: Entry[] = [];
  readonly state: State = {
    pieces: 0,
    places: new Map(),
    shares: new Map(),
    read: new Set(),
    written: new Set(),
    rows: 0,
    rejected: 0,
  };
  readonly #plan: Plan;
  readonly #sink: Sink;
  readonly #journal: Journal;
  readonly #rejects: Draft;
  #draft: Draft | undefined;
  #at = -1;

  private constructor(plan: Plan, planned: Planned, goesOn: boolean, sink: Sink) {
    const { work } = plan.target;
    this.#plan = plan;
    this.#sink = sink;
    this.#rejects = new Draft(join(work, 'rejects.jsonl'));
    const path = join(work, 'journal.jsonl');
    const { entries, length } = goesOn ? this.#verified(path) : { entries: [], length: 0 };
    this.#journal = new Journal(path, length);
    for (const entry of entries) this.#count(entry);
    if (entries.length > 0) return;
    this.#rejects.cut(0);
    this.#add(planned);
  }

  static async open(plan: Plan, planned: Planned, goesOn: boolean): Promise<Writing> {
    return new Writing(plan, planned, goesOn, await sinks[plan.spec.format]());
  }

  /** Opens the draft of an output; what a kill left behind the last line of the journal is cut off. */
  begin(output: number): void {
    const path = this.#pathOf(output);
    mkdirSync(dirname(path), { recursive: true });
    this.#draft = new Draft(path);
    this.#at = output;
    const last = this.#pieces(output).at(-1);
    if (last) this.#draft.resume([last]);
    else {
      this.#draft.cut(0);
      this.#draft.write(this.#packed(this.#sink.start(this.#plan.spec.columns)));
    }
  }

  commit(about: Pick<Committed, 'index' | 'output' | 'input' | 'share' | 'next'>, scored: Scored): void {
    const draft = this.#open();
    const at = draft.end;
    draft.write(scored.bytes);
    this.#rejects.write(scored.rejects);
    const { counts, about: told, warned, warnings, tallies } = scored;
    this.#add({
      kind: 'piece',
      ...about,
      at,
      end: draft.end,
      sha256: draft.sha256,
      rejectsEnd: this.#rejects.end,
      rejectsSha256: this.#rejects.sha256,
      counts,
      about: told,
      warned,
      warnings,
      tallies,
    });
  }

  endInput(output: number, input: number): void {
    this.#add({ kind: 'input', output, input });
  }

  endOutput(output: number): void {
    const draft = this.#open();
    const parts = this.#pieces(output).map(({ about, at }): Part => ({ about, at }));
    draft.write(this.#packed(this.#sink.end(this.#plan.spec.columns, parts)));
    draft.sync();
    this.#add({ kind: 'output', output, bytes: draft.end, sha256: draft.sha256 });
    draft.close();
    this.#draft = undefined;
  }

  finished(): void {
    this.#rejects.sync();
    this.#add({ kind: 'finished' });
    this.sync();
  }

  /** Survives a power cut from here on. */
  sync(): void {
    this.#draft?.sync();
    this.#rejects.sync();
    this.#journal.sync();
  }

  [Symbol.dispose](): void {
    this.#draft?.close();
    this.#rejects.close();
    this.#journal.close();
  }

  /** The entries whose bytes are there, up to the first whose are not. */
  #verified(path: string): { readonly entries: Entry[]; readonly length: number } {
    const found = readJournal(path);
    const pieces = found.flatMap(({ entry }, at) => (entry.kind === 'piece' ? [{ entry, at }] : []));
    const marked = pieces.map(({ entry }) => ({ end: entry.rejectsEnd, sha256: entry.rejectsSha256 }));
    const wrong = [pieces[this.#rejects.resume(marked)]?.at];
    for (const output of new Set(pieces.map(({ entry }) => entry.output))) {
      const marks = found.flatMap(({ entry }, at) => {
        if (entry.kind !== 'piece' && entry.kind !== 'output') return [];
        if (entry.output !== output) return [];
        return [{ end: entry.kind === 'piece' ? entry.end : entry.bytes, sha256: entry.sha256, at }];
      });
      const draft = new Draft(this.#pathOf(output));
      wrong.push(marks[draft.resume(marks)]?.at);
      draft.close();
    }
    const kept = found.slice(0, Math.min(...wrong.map((at) => at ?? found.length)));
    const last = kept.findLast(({ entry }) => entry.kind === 'piece')?.entry;
    // Rejects and answers are of the same rows.
    if (last?.kind === 'piece') this.#rejects.resume([{ end: last.rejectsEnd, sha256: last.rejectsSha256 }]);
    else this.#rejects.cut(0);
    return { entries: kept.map(({ entry }) => entry), length: kept.at(-1)?.end ?? 0 };
  }

  #add(entry: Entry): void {
    this.#journal.add(entry);
    this.#count(entry);
  }

  #count(entry: Entry): void {
    const { state } = this;
    this.entries.push(entry);
    if (entry.kind === 'piece') {
      state.pieces = entry.index + 1;
      state.places.set(entry.input, entry.next);
      state.shares.set(entry.input, entry.share);
      state.rows += entry.counts.read;
      state.rejected += entry.counts.rejected;
    } else if (entry.kind === 'input') {
      state.read.add(entry.input);
      state.shares.set(entry.input, 1);
    } else if (entry.kind === 'output') state.written.add(entry.output);
  }

  #pieces(output: number): Committed[] {
    return this.entries.filter((entry) => entry.kind === 'piece').filter((entry) => entry.output === output);
  }

  #packed(bytes: Uint8Array): Uint8Array {
    const { compression } = this.#plan.spec;
    if (bytes.length === 0 || compression === 'none') return bytes;
    return gzipSync(bytes);
  }

  #open(): Draft {
    if (!this.#draft) throw new Error(`no draft is open behind output ${this.#at}`);
    return this.#draft;
  }

  #pathOf(output: number): string {
    return join(this.#plan.target.work, 'out', this.#plan.outputs[output]?.name ?? '');
  }
}
