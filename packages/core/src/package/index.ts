export { answerColumns, type AnswerColumn, type OutputSpec } from './answer-columns.ts';
export { checkSignature } from './check-manifest.ts';
export { readGoldens, writeGoldens, type Golden, type Tolerance } from './golden.ts';
export {
  exact,
  explain,
  firstDifference,
  float32Tolerance,
  float64Tolerance,
  isClose,
  type Difference,
} from './compare.ts';
export { FORMAT_VERSION, layout, packageLimits, type PackageLimits, type Sha256 } from './layout.ts';
export type { FileEntry, GoldenKind, GoldenSummary, Manifest, PackageSource } from './manifest.ts';
export { toJson } from './json.ts';
export { checkPath } from './paths.ts';
export { goldensOf, openManifest, preOf, readPackage, reportOf, type Package } from './read.ts';
export { portableSha256 } from './sha256.ts';
export { writePackage, type PackageContents } from './write.ts';
