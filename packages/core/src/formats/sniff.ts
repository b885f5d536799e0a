export { explainUnknown } from './sniff/explain.ts';
export { sniff, titleOf, type FileKind } from './sniff/kinds.ts';
export { zipContent, type ZipContent } from './sniff/zip.ts';
