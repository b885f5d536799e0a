/** The version of the package format that this Slipway writes. Raised when an older reader would misread; older versions stay readable. */
export const FORMAT_VERSION = 1;

/** Names of the files inside a package. */
export const layout = {
  manifest: 'slipway.json',
  graph: 'model.onnx',
  pre: 'pre.json',
  goldens: 'goldens.jsonl',
  drift: 'drift.json',
  report: 'report.json',
  requirements: 'requirements.txt',
  mlmodel: 'MLmodel',
  conda: 'conda.yaml',
  pythonEnv: 'python_env.yaml',
  loader: 'code/slipway_pyfunc.py',
} as const;

/** What a reader of packages accepts; all far above what a writer makes. */
export interface PackageLimits {
  readonly files: number;
  readonly manifestBytes: number;
  readonly totalBytes: number;
  readonly goldens: number;
}

export const packageLimits: PackageLimits = {
  files: 1000,
  manifestBytes: 64 * 2 ** 20,
  totalBytes: 4 * 2 ** 30,
  goldens: 10_000,
};

/** SHA-256 as 64 lower-case hexadecimal digits. The platform gives it: node:crypto, WebCrypto, … */
export type Sha256 = (bytes: Uint8Array) => string;
