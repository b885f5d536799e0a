/** Bytes under their own SHA-256. What was stored never changes, so storing the same bytes twice is one blob. */
export interface BlobStore {
  /** Stores the bytes durably and gives their SHA-256 (64 hexadecimal digits). */
  put(bytes: Uint8Array): Promise<string>;
  /** The bytes, verified; undefined when there is no such blob. */
  get(sha256: string): Promise<Uint8Array | undefined>;
  has(sha256: string): Promise<boolean>;
  list(): AsyncIterable<string>;
  delete(sha256: string): Promise<void>;
}
