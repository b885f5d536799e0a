import { version } from '../../intake/version.ts';
import { labelOf, type DeliveredModel } from '../target.ts';
import type { Base } from './base.ts';

/** A library that is bundled into the server. */
export interface Library {
  readonly name: string;
  readonly version: string;
  readonly license: string;
}

interface SbomParts {
  readonly model: DeliveredModel;
  /** The model is not in it. */
  readonly generic: boolean;
  readonly base: Base;
  readonly libraries: readonly Library[];
  /** Version of ONNX Runtime, where it is in. */
  readonly onnxRuntime: string | undefined;
  /** `sha256:…` of the image's manifest. */
  readonly digest: string;
}

/** The image's bill of materials as SPDX 2.3 (ISO/IEC 5962). No clock is in it. */
export function sbom({ model, generic, base, libraries, onnxRuntime, digest }: SbomParts): string {
  const { name, pkg } = model;
  const packages = [
    part(
      'image',
      generic ? 'slipway image' : `${name} image`,
      generic || model.version === undefined ? 'none' : String(model.version),
      'NOASSERTION',
      digest,
    ),
    part('base', base.name, 'none', 'NOASSERTION', base.digest),
    part('node', 'node', process.versions.node, 'MIT', undefined, `pkg:generic/node@${process.versions.node}`),
    part('slipway', 'slipway', version, 'Apache-2.0', undefined, `pkg:npm/slipway@${version}`),
    ...libraries.map((library) =>
      part(
        `npm-${library.name.replaceAll(/[^A-Za-z0-9]+/g, '-')}`,
        library.name,
        library.version,
        library.license,
        undefined,
        `pkg:npm/${library.name.replace('@', '%40')}@${library.version}`,
      ),
    ),
    ...(onnxRuntime === undefined
      ? []
      : [
          part(
            'onnxruntime',
            'onnxruntime-node',
            onnxRuntime,
            'MIT',
            undefined,
            `pkg:npm/onnxruntime-node@${onnxRuntime}`,
          ),
        ]),
    ...(generic
      ? []
      : [
          part(
            'model',
            labelOf(model),
            model.version === undefined ? 'none' : String(model.version),
            'NOASSERTION',
            pkg.digest,
          ),
        ]),
  ];
  const contained = packages.slice(1).map(({ SPDXID }) => relation('SPDXRef-image', 'CONTAINS', SPDXID));
  const document = {
    spdxVersion: 'SPDX-2.3',
    dataLicense: 'CC0-1.0',
    SPDXID: 'SPDXRef-DOCUMENT',
    name: `${name}-image`,
    documentNamespace: `urn:slipway:sbom:${digest}`,
    creationInfo: { created: '1970-01-01T00:00:00Z', creators: [`Tool: slipway-${version}`] },
    packages,
    relationships: [relation('SPDXRef-DOCUMENT', 'DESCRIBES', 'SPDXRef-image'), ...contained],
  };
  return `${JSON.stringify(document, null, 1)}\n`;
}

function part(id: string, name: string, versionInfo: string, license: string, digest?: string, purl?: string) {
  return {
    SPDXID: `SPDXRef-${id}`,
    name,
    ...(versionInfo === 'none' ? {} : { versionInfo }),
    downloadLocation: 'NOASSERTION',
    filesAnalyzed: false,
    licenseConcluded: license,
    licenseDeclared: license,
    copyrightText: 'NOASSERTION',
    ...(digest ? { checksums: [{ algorithm: 'SHA256', checksumValue: digest.replace('sha256:', '') }] } : {}),
    ...(purl
      ? { externalRefs: [{ referenceCategory: 'PACKAGE-MANAGER', referenceType: 'purl', referenceLocator: purl }] }
      : {}),
  };
}

function relation(from: string, relationshipType: string, to: string) {
  return { spdxElementId: from, relationshipType, relatedSpdxElement: to };
}
