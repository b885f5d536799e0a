/** A value of a table field. */
export type FlatField =
  | { readonly bytes: 1 | 2 | 4 | 8; readonly value: number }
  | { readonly to: FlatNode }
  /** Absent: the default of the schema. */
  | undefined;

/** What an offset leads to. Fields stand in the order of the schema. */
export type FlatNode =
  | { readonly table: readonly FlatField[] }
  | { readonly text: string }
  | { readonly nodes: readonly FlatNode[] }
  /** Structs of int64 pairs. */
  | { readonly pairs: readonly (readonly [number, number])[] };

/** Writes a FlatBuffer, parents before children. Small documents only: places are found by growing an array. */
export function writeFlatBuffer(root: FlatNode): Uint8Array {
  const out: number[] = [0, 0, 0, 0];
  patch(0, place(root));
  return Uint8Array.from(out);

  function place(node: FlatNode): number {
    if ('table' in node) return placeTable(node.table);
    if ('text' in node) {
      const bytes = new TextEncoder().encode(node.text);
      const at = int(bytes.length);
      for (const byte of bytes) out.push(byte);
      out.push(0);
      return at;
    }
    if ('nodes' in node) {
      const at = int(node.nodes.length);
      const slots = node.nodes.map(() => int(0));
      node.nodes.forEach((child, i) => patch(slots[i] as number, place(child)));
      return at;
    }
    // The length stands right before elements that are aligned to eight bytes.
    while (out.length % 8 !== 4) out.push(0);
    const at = int(node.pairs.length);
    for (const pair of node.pairs) for (const value of pair) scalar(8, value);
    return at;
  }

  function placeTable(fields: readonly FlatField[]): number {
    align(2);
    const vtable = out.length;
    for (let i = 0; i < 4 + 2 * fields.length; i++) out.push(0);
    align(8);
    const at = out.length;
    int(at - vtable);
    const children: (readonly [slot: number, node: FlatNode])[] = [];
    fields.forEach((field, i) => {
      if (!field) return;
      align('to' in field ? 4 : field.bytes);
      set(vtable + 4 + 2 * i, 2, out.length - at);
      if ('to' in field) children.push([int(0), field.to]);
      else scalar(field.bytes, field.value);
    });
    set(vtable, 2, 4 + 2 * fields.length);
    set(vtable + 2, 2, out.length - at);
    for (const [slot, node] of children) patch(slot, place(node));
    return at;
  }

  function align(to: number): void {
    while (out.length % to !== 0) out.push(0);
  }

  function int(value: number): number {
    align(4);
    const at = out.length;
    scalar(4, value);
    return at;
  }

  function scalar(bytes: number, value: number): void {
    const at = out.length;
    for (let i = 0; i < bytes; i++) out.push(0);
    set(at, bytes, value);
  }

  function set(at: number, bytes: number, value: number): void {
    let left = BigInt.asUintN(bytes * 8, BigInt(value));
    for (let i = 0; i < bytes; i++, left >>= 8n) out[at + i] = Number(left & 255n);
  }

  /** An offset is counted from the place where it stands. */
  function patch(at: number, target: number): void {
    set(at, 4, target - at);
  }
}
