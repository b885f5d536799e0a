/** Bytes under their own SHA-256. What was stored never changes, so storing the same bytes twice is one blob. */
export interface BlobStore {
  /** Stores the bytes durably and gives their SHA-256 (64 hexadecimal digits). */
  put(bytes: Uint8Array): Promise<string>;
  /** The bytes, verified; undefined when there is no such blob. */
  get(sha256: string): Promise<Uint8Array | undefined>;
  has(sha256: string): Promise<boolean>;
  /** Fails when the store is away; nothing to ask where this is missing. */
  reach?(): Promise<void>;
  list(): AsyncIterable<BlobEntry>;
  /** With a time: only if it was not stored again since then. */
  delete(sha256: string, unlessSince?: Date): Promise<void>;
}

/** A blob, and when it was stored, or asked to be stored, last. */
export interface BlobEntry {
  readonly sha256: string;
  readonly modifiedAt: Date;
}
