export { checkAlias, checkModelName, nameFor, parseReference, type Reference } from './reference.ts';
export { paused, promoted, type Endpoint, type EndpointSpec } from './endpoint.ts';
export { EndpointStore } from './endpoint-store.ts';
export { keysOfHome, openHome, openRegistry, type Home } from './open.ts';
export { describe, Registry, type AliasMove, type ModelVersion, type Registration } from './registry.ts';
