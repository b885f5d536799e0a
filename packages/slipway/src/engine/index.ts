export { Limiter } from './limiter.ts';
export { EndpointPlane } from './endpoint-plane.ts';
export { ModelPlane } from './model-plane.ts';
export type { ModelSource, VersionInfo } from './model-source.ts';
export { openModel, ServedModel, type ServedModelOptions } from './served-model.ts';
