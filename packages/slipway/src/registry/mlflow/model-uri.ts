/** What a `models:` URI names. */
export interface ModelUri {
  readonly id?: string;
  readonly name: string;
  readonly version?: string;
  readonly stage?: string;
  readonly alias?: string;
}

/** Reads `models:/m-…`, `models:/churn/3`, `models:/churn/Production`, `models:/churn@champion`; undefined when it is none. */
export function parseModelUri(uri: string): ModelUri | undefined {
  const path = uri.replace(/^models:(?:\/\/[^/]*(?=\/))?/i, '').replace(/\?.*$/, '');
  if (!path.startsWith('/')) return undefined;
  const parts = path.replace(/^\/+/, '').split('/');
  const [name = '', suffix] = parts;
  if (parts.length > 2 || name.trim() === '' || suffix?.trim() === '') return undefined;
  if (suffix !== undefined) {
    if (/^\d+$/.test(suffix)) return { name, version: suffix };
    return suffix.toLowerCase() === 'latest' ? { name } : { name, stage: suffix };
  }
  const at = name.lastIndexOf('@');
  if (at < 0) return { id: name, name };
  return at === name.length - 1 ? undefined : { name: name.slice(0, at), alias: name.slice(at + 1) };
}
