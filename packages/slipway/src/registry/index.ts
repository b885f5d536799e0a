export { checkAlias, checkModelName, nameFor, parseReference, type Reference } from './reference.ts';
export { describe, openRegistry, Registry, type AliasMove, type ModelVersion, type Registration } from './registry.ts';
