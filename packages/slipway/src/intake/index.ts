export type { Inspection } from './inspect.ts';
export { inspectSource, makePackage, type Made, type MakeOptions } from './make-package.ts';
export { isPackageFolder, readPackageFolder, writePackageFolder } from './package-folder.ts';
export { version } from './version.ts';
