const utf8 = new TextEncoder();

/**
 * Writes protobuf fields into one growing buffer.
 *
 * A message is written in place: its length is put before it when it is complete, so nothing is measured twice.
 */
export class WireWriter {
  #bytes = new Uint8Array(1 << 12);
  #view = new DataView(this.#bytes.buffer);
  #end = 0;

  /** int32, int64 and enum: a varint of the two's complement. */
  int(field: number, value: number | bigint): void {
    this.#tag(field, 0);
    this.#varint(value);
  }

  float(field: number, value: number): void {
    this.#tag(field, 5);
    this.#reserve(4);
    this.#view.setFloat32(this.#end, value, true);
    this.#end += 4;
  }

  bytes(field: number, value: Uint8Array): void {
    this.#tag(field, 2);
    this.#varint(value.length);
    this.#reserve(value.length);
    if (value.length < 16) for (let i = 0; i < value.length; i++) this.#bytes[this.#end + i] = value[i] as number;
    else this.#bytes.set(value, this.#end);
    this.#end += value.length;
  }

  string(field: number, value: string): void {
    this.bytes(field, utf8.encode(value));
  }

  /** Repeated strings. Tree modes repeat one of two words hundreds of thousands of times, so each is encoded once. */
  strings(field: number, values: readonly string[]): void {
    const known = new Map<string, Uint8Array>();
    for (const value of values) {
      let encoded = known.get(value);
      if (encoded === undefined) {
        encoded = utf8.encode(value);
        if (known.size < 256) known.set(value, encoded);
      }
      this.bytes(field, encoded);
    }
  }

  /** `packed`: all in one field, which every parser accepts although onnx.proto declares attribute lists unpacked. */
  packedInts(field: number, values: ArrayLike<number> | BigInt64Array): void {
    if (values instanceof BigInt64Array) {
      this.message(field, () => values.forEach((value) => this.#varint(value)));
      return;
    }
    this.message(field, () => {
      this.#reserve(values.length * 2);
      for (let i = 0; i < values.length; i++) {
        const value = values[i] as number;
        if (value < 0 || value > 16383) {
          this.#varint(value);
          this.#reserve((values.length - i) * 2);
        } else if (value > 127) {
          this.#bytes[this.#end++] = (value & 127) | 128;
          this.#bytes[this.#end++] = value >>> 7;
        } else this.#bytes[this.#end++] = value;
      }
    });
  }

  packedFloats(field: number, values: Float32Array): void {
    this.message(field, () => {
      this.#reserve(values.length * 4);
      for (let i = 0; i < values.length; i++) this.#view.setFloat32(this.#end + i * 4, values[i] as number, true);
      this.#end += values.length * 4;
    });
  }

  /** What `write` writes, as one length-delimited field. */
  message(field: number, write: () => void): void {
    this.#tag(field, 2);
    this.#reserve(10);
    const start = this.#end + 1;
    this.#end = start;
    write();
    const length = this.#end - start;
    const extra = varintSize(length) - 1;
    if (extra > 0) {
      this.#reserve(extra);
      this.#bytes.copyWithin(start + extra, start, this.#end);
    }
    this.#end = start - 1;
    this.#varint(length);
    this.#end += length;
  }

  /** A copy of what was written. */
  finish(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(0, this.#end);
  }

  #tag(field: number, wireType: number): void {
    this.#varint(field * 8 + wireType);
  }

  #varint(value: number | bigint): void {
    this.#reserve(10);
    if (typeof value === 'bigint' || value < 0) {
      let rest = BigInt.asUintN(64, BigInt(value));
      for (; rest > 127n; rest >>= 7n) this.#bytes[this.#end++] = Number(rest & 127n) | 128;
      this.#bytes[this.#end++] = Number(rest);
      return;
    }
    let rest = value;
    for (; rest > 127; rest = rest < 2 ** 31 ? rest >>> 7 : Math.floor(rest / 128)) {
      this.#bytes[this.#end++] = (rest % 128) | 128;
    }
    this.#bytes[this.#end++] = rest;
  }

  #reserve(count: number): void {
    const needed = this.#end + count;
    if (needed <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    larger.set(this.#bytes.subarray(0, this.#end));
    this.#bytes = larger;
    this.#view = new DataView(larger.buffer);
  }
}

function varintSize(value: number): number {
  let size = 1;
  for (let rest = value; rest > 127; rest = Math.floor(rest / 128)) size++;
  return size;
}
