export { Limiter } from './limiter.ts';
export { EndpointPlane } from './endpoint-plane.ts';
export { ModelPlane, type ServiceChange } from './model-plane.ts';
export type { ModelSource, VersionInfo } from './model-source.ts';
export { openModel, ServedModel } from './served-model.ts';
export type { ServedModelOptions } from './served-model-options.ts';
export { turns, Turns } from './turns.ts';
