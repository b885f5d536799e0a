import { fail } from '@slipway/core/errors';

/** Which version of a registered model is meant. */
export type Reference =
  | { readonly model: string; readonly kind: 'newest' }
  | { readonly model: string; readonly kind: 'version'; readonly version: number }
  | { readonly model: string; readonly kind: 'alias'; readonly alias: string }
  /** A digest or the unique beginning of one, without `sha256:`. */
  | { readonly model: string; readonly kind: 'digest'; readonly prefix: string };

const name = '[A-Za-z0-9][A-Za-z0-9._-]{0,127}';
const syntax = new RegExp(`^(${name})(?::([1-9][0-9]{0,8})|@sha256:([0-9a-f]{4,64})|@(${name}))?$`);

/** Reads `churn`, `churn:3`, `churn@champion`, `churn@sha256:ab12…`; undefined when it is none of these. */
export function parseReference(text: string): Reference | undefined {
  const match = syntax.exec(text);
  if (!match) return undefined;
  const [, model = '', version, prefix, alias] = match;
  if (version) return { model, kind: 'version', version: Number(version) };
  if (prefix) return { model, kind: 'digest', prefix };
  if (alias) return { model, kind: 'alias', alias };
  return { model, kind: 'newest' };
}

/** True for what can be the name of a model in references. */
export function isModelName(text: string): boolean {
  return new RegExp(`^${name}$`).test(text);
}

/** Refuses what cannot be the name of a model. */
export function checkModelName(text: string): string {
  if (isModelName(text)) return text;
  throw fail('USAGE', {
    problem: `${JSON.stringify(text)} cannot be the name of a model.`,
    advice: `Use letters, digits, ".", "_" and "-", beginning with a letter or digit; for example "${nameFor(text)}".`,
  });
}

/** Refuses what cannot be an alias. */
export function checkAlias(text: string): string {
  if (new RegExp(`^${name}$`).test(text) && !/^\d+$/.test(text) && text !== 'latest') return text;
  throw fail('USAGE', {
    problem: `${JSON.stringify(text)} cannot be an alias.`,
    advice: 'Use a word such as "champion". Numbers are versions, and the newest version needs no alias.',
  });
}

const extensions =
  /\.(pkl|pickle|joblib|sav|skops|onnx|cbm|ubj|json|txt|bin|model|h5|keras|pt|pth|dump|gz|bz2|xz|lzma|lz4|z|zip|zst)$/i;

/** A model name made from the name of a file: `Churn model (v2).joblib.gz` → `Churn-model-v2`. */
export function nameFor(file: string): string {
  let base = file.split(/[\\/]/).findLast((part) => part !== '') ?? '';
  while (extensions.test(base) && base.replace(extensions, '') !== '') base = base.replace(extensions, '');
  const cleaned = base
    .normalize('NFKD')
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+|[-.]+$/g, '')
    .slice(0, 100);
  return cleaned === '' ? 'model' : cleaned;
}

/** The reference as a user writes it. */
export function describe(reference: Reference): string {
  switch (reference.kind) {
    case 'newest':
      return reference.model;
    case 'version':
      return `${reference.model}:${reference.version}`;
    case 'alias':
      return `${reference.model}@${reference.alias}`;
    case 'digest':
      return `${reference.model}@sha256:${reference.prefix}`;
  }
}
