export { parseMediaType, preferred, type MediaType } from './media-type.ts';
export { native } from './native/index.ts';
export type { Call, Plane, Protocol, Reply, Route, Servable } from './protocol.ts';
export { json, problem, problemSchema, text } from './reply.ts';
export { Router, type Match } from './router.ts';
