const utf8 = new TextEncoder();

/**
 * The bytes of a protobuf message, in one allocation of the exact size.
 *
 * `write` runs twice and must do the same both times: first sizes are added up (a message has its length in front of it),
 * then bytes are written. `check` sees the size before memory is taken. A buffer that grows would take three times the memory, and move every message once a level.
 */
export function writeWire(
  write: (w: WireWriter) => void,
  check: (size: number) => void = () => {},
): Uint8Array<ArrayBuffer> {
  const lengths: number[] = [];
  const sizes = new WireWriter(undefined, lengths);
  write(sizes);
  check(sizes.end);
  const bytes = new Uint8Array(sizes.end);
  write(new WireWriter(bytes, lengths));
  return bytes;
}

/** Writes protobuf fields, or only measures them. */
export class WireWriter {
  /** Bytes so far. */
  end = 0;
  /** Undefined: only sizes are wanted. */
  readonly #bytes: Uint8Array | undefined;
  readonly #view: DataView | undefined;
  /** Of all messages, in the order in which they begin: found while measuring, used while writing. */
  readonly #lengths: number[];
  #messages = 0;

  constructor(bytes: Uint8Array | undefined, lengths: number[]) {
    this.#bytes = bytes;
    this.#view = bytes && new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#lengths = lengths;
  }

  /** int32, int64 and enum: a varint of the two's complement. */
  int(field: number, value: number | bigint): void {
    this.#tag(field, 0);
    this.#varint(value);
  }

  float(field: number, value: number): void {
    this.#tag(field, 5);
    this.#view?.setFloat32(this.end, value, true);
    this.end += 4;
  }

  bytes(field: number, value: Uint8Array): void {
    this.#tag(field, 2);
    this.#varint(value.length);
    this.#put(value);
  }

  string(field: number, value: string): void {
    this.bytes(field, utf8.encode(value));
  }

  /** Repeated strings. Tree modes repeat one of two words hundreds of thousands of times, so each is encoded once. */
  strings(field: number, values: readonly string[]): void {
    const known = new Map<string, Uint8Array>();
    const fieldOf = (value: string): Uint8Array => {
      const whole = known.get(value) ?? stringField(field, value);
      if (known.size < 256) known.set(value, whole);
      return whole;
    };
    // Two names take turns almost always.
    let [one, two] = [values[0] ?? '', ''];
    let [oneField, twoField] = [fieldOf(one), fieldOf(two)];
    for (const value of values) {
      if (value === one) this.#put(oneField);
      else if (value === two) this.#put(twoField);
      else {
        [two, twoField] = [one, oneField];
        [one, oneField] = [value, fieldOf(value)];
        this.#put(oneField);
      }
    }
  }

  /** `packed`: all in one field, which every parser accepts although onnx.proto declares attribute lists unpacked. */
  packedInts(field: number, values: ArrayLike<number> | BigInt64Array): void {
    this.message(field, () => {
      if (values instanceof BigInt64Array) for (const value of values) this.#varint(value);
      else if (this.#bytes) this.#writeInts(this.#bytes, values);
      else this.#measureInts(values);
    });
  }

  packedFloats(field: number, values: Float32Array): void {
    this.message(field, () => {
      const view = this.#view;
      if (view) for (let i = 0; i < values.length; i++) view.setFloat32(this.end + i * 4, values[i] as number, true);
      this.end += values.length * 4;
    });
  }

  /** What `write` writes, as one length-delimited field. */
  message(field: number, write: () => void): void {
    this.#tag(field, 2);
    const place = this.#messages++;
    if (this.#bytes) {
      this.#varint(this.#lengths[place] as number);
      write();
      return;
    }
    const start = this.end;
    write();
    const length = this.end - start;
    this.#lengths[place] = length;
    this.end += varintSize(length);
  }

  #put(bytes: Uint8Array): void {
    const { length } = bytes;
    const to = this.#bytes;
    if (to && length < 24) for (let i = 0; i < length; i++) to[this.end + i] = bytes[i] as number;
    else to?.set(bytes, this.end);
    this.end += length;
  }

  #measureInts(values: ArrayLike<number>): void {
    let size = 0;
    for (let i = 0; i < values.length; i++) {
      const value = values[i] as number;
      size += value >= 0 && value < 128 ? 1 : value >= 0 && value < 16_384 ? 2 : varintSize(value);
    }
    this.end += size;
  }

  #writeInts(bytes: Uint8Array, values: ArrayLike<number>): void {
    let end = this.end;
    for (let i = 0; i < values.length; i++) {
      const value = values[i] as number;
      if (value >= 0 && value < 128) bytes[end++] = value;
      else if (value >= 0 && value < 16_384) {
        bytes[end++] = (value & 127) | 128;
        bytes[end++] = value >>> 7;
      } else {
        this.end = end;
        this.#varint(value);
        end = this.end;
      }
    }
    this.end = end;
  }

  #tag(field: number, wireType: number): void {
    this.#varint(field * 8 + wireType);
  }

  #varint(value: number | bigint): void {
    if (this.#bytes) this.end = putVarint(this.#bytes, this.end, value);
    else this.end += varintSize(value);
  }
}

/** Tag, length and bytes of a string. */
function stringField(field: number, value: string): Uint8Array {
  const text = utf8.encode(value);
  const tag = field * 8 + 2;
  const bytes = new Uint8Array(varintSize(tag) + varintSize(text.length) + text.length);
  bytes.set(text, putVarint(bytes, putVarint(bytes, 0, tag), text.length));
  return bytes;
}

/** Gives the place after it. */
function putVarint(bytes: Uint8Array, at: number, value: number | bigint): number {
  let end = at;
  if (typeof value === 'bigint' || value < 0) {
    let rest = BigInt.asUintN(64, BigInt(value));
    for (; rest > 127n; rest >>= 7n) bytes[end++] = Number(rest & 127n) | 128;
    bytes[end++] = Number(rest);
    return end;
  }
  let rest = value;
  for (; rest > 127; rest = rest < 2 ** 31 ? rest >>> 7 : Math.floor(rest / 128)) bytes[end++] = (rest % 128) | 128;
  bytes[end++] = rest;
  return end;
}

function varintSize(value: number | bigint): number {
  // A negative number has all of its 64 bits.
  if (value < 0) return 10;
  let size = 1;
  if (typeof value === 'bigint') for (let rest = value; rest > 127n; rest >>= 7n) size++;
  else for (let rest = value; rest > 127; rest = Math.floor(rest / 128)) size++;
  return size;
}
