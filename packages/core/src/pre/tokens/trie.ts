/**
 * Texts → numbers, walked one UTF-16 unit at a time. Nodes are the entries of one open hash table, so a vocabulary of
 * 250,000 tokens takes a few flat arrays and no objects.
 */
export class Trie {
  #mask: number;
  #parents: Int32Array;
  #units: Uint16Array;
  #children: Int32Array;
  #values: Int32Array;
  #nodes = 1;

  constructor(expected = 1024) {
    const size = 2 ** Math.max(6, Math.ceil(Math.log2(expected * 2)));
    this.#mask = size - 1;
    this.#parents = new Int32Array(size).fill(-1);
    this.#units = new Uint16Array(size);
    this.#children = new Int32Array(size);
    this.#values = new Int32Array(size >> 1).fill(-1);
  }

  /** A later value of the same text replaces the earlier. */
  set(text: string, value: number): void {
    let node = 0;
    for (let i = 0; i < text.length; i++) node = this.#childOrNew(node, text.charCodeAt(i));
    this.#values[node] = value;
  }

  /** The node below `node` (the root is 0), or -1. */
  child(node: number, unit: number): number {
    for (let at = this.#slot(node, unit); ; at = (at + 1) & this.#mask) {
      const parent = this.#parents[at] as number;
      if (parent === -1) return -1;
      if (parent === node && this.#units[at] === unit) return this.#children[at] as number;
    }
  }

  /** The number of the text that ends at a node, or -1. */
  value(node: number): number {
    return this.#values[node] as number;
  }

  /** The node at the end of a text, or -1. */
  walk(text: string): number {
    let node = 0;
    for (let i = 0; i < text.length && node !== -1; i++) node = this.child(node, text.charCodeAt(i));
    return node;
  }

  #slot(node: number, unit: number): number {
    let hash = Math.imul(node, 0x9e3779b1) ^ Math.imul(unit, 0x85ebca6b);
    hash ^= hash >>> 15;
    return Math.imul(hash, 0x2c1b3c6d) & this.#mask;
  }

  #childOrNew(node: number, unit: number): number {
    const found = this.child(node, unit);
    if (found !== -1) return found;
    if (this.#nodes * 2 > this.#mask) this.#grow();
    const child = this.#nodes++;
    this.#insert(node, unit, child);
    return child;
  }

  #insert(node: number, unit: number, child: number): void {
    let at = this.#slot(node, unit);
    while (this.#parents[at] !== -1) at = (at + 1) & this.#mask;
    this.#parents[at] = node;
    this.#units[at] = unit;
    this.#children[at] = child;
  }

  #grow(): void {
    const [parents, units, children] = [this.#parents, this.#units, this.#children];
    const size = parents.length * 2;
    this.#mask = size - 1;
    this.#parents = new Int32Array(size).fill(-1);
    this.#units = new Uint16Array(size);
    this.#children = new Int32Array(size);
    const values = new Int32Array(size >> 1).fill(-1);
    values.set(this.#values);
    this.#values = values;
    for (let i = 0; i < parents.length; i++) {
      if (parents[i] !== -1) this.#insert(parents[i] as number, units[i] as number, children[i] as number);
    }
  }
}
