/** What a zip archive is by the names of its entries. */
export type ZipContent = 'skops' | 'keras' | 'torch' | 'torchscript' | 'torch-export' | 'npz' | 'mlflow' | 'zip';

/** Tells formats that are zip archives from each other; `zip` is any other archive. */
export function zipContent(names: readonly string[]): ZipContent {
  const has = (pattern: RegExp) => names.some((name) => pattern.test(name));
  if (has(/^schema\.json$/)) return 'skops';
  if (has(/^config\.json$/) && has(/^model\.weights\.h5$/)) return 'keras';
  if (has(/^(?:[^/]+\/)?archive_format$/) || has(/^(?:[^/]+\/)?models\/[^/]+\.json$/)) return 'torch-export';
  if (has(/^[^/]+\/code\//) && has(/^[^/]+\/(?:constants|data)\.pkl$/)) return 'torchscript';
  if (has(/^[^/]+\/data\.pkl$/)) return 'torch';
  if (has(/(?:^|\/)MLmodel$/)) return 'mlflow';
  return names.length > 0 && names.every((name) => name.endsWith('.npy')) ? 'npz' : 'zip';
}
