/** Slipway as a library: what its command line is made of. Everything else may change. */
export { main } from './cli/main.ts';
export { ModelPlane, type ModelSource, type VersionInfo } from './engine/index.ts';
export { inspectSource, makePackage, version, type Inspection, type Made, type MakeOptions } from './intake/index.ts';
export {
  openRegistry,
  parseReference,
  type AliasMove,
  type ModelVersion,
  type Reference,
  type Registration,
  type Registry,
} from './registry/index.ts';
export { startServer, type RunningServer, type ServerOptions } from './server/index.ts';
