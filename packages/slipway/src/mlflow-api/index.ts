export type { Message } from './message.ts';
export {
  badPath,
  checkKey,
  checkLength,
  checkRunId,
  invalidValue,
  isPathLike,
  missingValue,
  truncated,
} from './names.ts';
export { pythonJson, pythonLength, pythonRepr, pythonType } from './python-text.ts';
export { invalid, refuse } from './refuse.ts';
export { queryAll, readJson, readRequest } from './request.ts';
export { mlflowWire, type Endpoint, type Handlers } from './routes.ts';
export { listOf, parseComparisons, unquoted, type Comparison } from './filter-tokens.ts';
export { parseFilter, parseOrder, type Clause, type Grammar, type Order } from './filter.ts';
export { pageToken, parsePageToken, type Position } from './page-token.ts';
export { packagesFolder, type PackageArtifacts, type PackageFile, type TrackingPort } from './tracking-port.ts';
