/** A heap of merges: the lowest rank first, and of equal ranks the leftmost. */
export class MergeQueue {
  readonly #keys: number[] = [];

  push(rank: number, at: number): void {
    const keys = this.#keys;
    const key = rank * POSITIONS + at;
    let i = keys.length;
    keys.push(key);
    while (i > 0) {
      const up = (i - 1) >> 1;
      const above = keys[up] as number;
      if (above <= key) break;
      keys[i] = above;
      i = up;
    }
    keys[i] = key;
  }

  pop(): { readonly rank: number; readonly at: number } | undefined {
    const keys = this.#keys;
    const top = keys[0];
    if (top === undefined) return undefined;
    const last = keys.pop() as number;
    const size = keys.length;
    if (size > 0) {
      let i = 0;
      for (;;) {
        let down = 2 * i + 1;
        if (down >= size) break;
        if (down + 1 < size && (keys[down + 1] as number) < (keys[down] as number)) down++;
        if ((keys[down] as number) >= last) break;
        keys[i] = keys[down] as number;
        i = down;
      }
      keys[i] = last;
    }
    return { rank: Math.floor(top / POSITIONS), at: top % POSITIONS };
  }
}

/** More characters than a text can have; 2^21 ranks of them fit into a double. */
const POSITIONS = 2 ** 32;
