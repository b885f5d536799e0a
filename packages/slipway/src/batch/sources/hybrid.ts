/**
 * Reads numbers of `width` bits (at most 24) in the hybrid of runs and packed bits, until `out` is full.
 * @see https://parquet.apache.org/docs/file-format/data-pages/encodings/
 */
export function readHybrid(bytes: Uint8Array, from: number, end: number, width: number, out: Int32Array): void {
  const mask = (1 << width) - 1;
  let at = from;
  for (let filled = 0; filled < out.length;) {
    let header = 0;
    for (let shift = 0; ; shift += 7) {
      if (at >= end || shift > 28) throw new Error('a run of numbers is cut off');
      const byte = bytes[at++] as number;
      header |= (byte & 127) << shift;
      if (byte < 128) break;
    }
    if ((header & 1) === 0) {
      let value = 0;
      for (let shift = 0; shift < width; shift += 8) value |= (bytes[at++] as number) << shift;
      const stop = Math.min(out.length, filled + (header >>> 1));
      if (stop === filled) throw new Error('a run of numbers is empty');
      out.fill(value & mask, filled, stop);
      filled = stop;
      continue;
    }
    const packed = (header >>> 1) * 8;
    if (packed === 0) throw new Error('a run of numbers is empty');
    const stop = Math.min(out.length, filled + packed);
    const next = at + (header >>> 1) * width;
    let held = 0;
    let bits = 0;
    for (; filled < stop; filled++) {
      while (bits < width) {
        held |= (at < end ? (bytes[at] as number) : 0) << bits;
        at++;
        bits += 8;
      }
      out[filled] = held & mask;
      held >>>= width;
      bits -= width;
    }
    at = next;
  }
}
