import { stringify } from 'yaml';

/** An object of Kubernetes' API as plain data. */
export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly [key: string]: unknown };
  readonly [key: string]: unknown;
}

/** One YAML document, without anchors; texts of the model are quoted where YAML would read them otherwise. */
export function kubeYaml(object: Readonly<Record<string, unknown>>): string {
  return stringify(object, { lineWidth: 0, aliasDuplicateObjects: false });
}

/** A name that Kubernetes takes (RFC 1123 label). */
export function kubeName(text: string): string {
  const name = text
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 52)
    .replace(/-+$/, '');
  return /^[a-z]/.test(name) ? name : `model-${name}`.replace(/-+$/, '');
}

/** A label's value: at most 63 letters, digits, `-`, `_`, `.`, beginning and ending with a letter or digit. */
export function labelValue(text: string): string {
  return text
    .replaceAll(/[^A-Za-z0-9_.-]/g, '-')
    .slice(0, 63)
    .replaceAll(/^[^A-Za-z0-9]+|[^A-Za-z0-9]+$/g, '');
}
