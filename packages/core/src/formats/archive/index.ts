export { Archive, type ArchiveEntry } from './archive.ts';
export { ArchivePaths, unsafeEntry } from './paths.ts';
