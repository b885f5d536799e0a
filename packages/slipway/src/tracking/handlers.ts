import type { Handlers } from '../mlflow-api/index.ts';
import { artifactHandlers } from './artifacts/index.ts';
import type { Tracking } from './context.ts';
import type { EndpointName } from './endpoints.ts';
import { ensureDefault, experimentHandlers } from './experiments.ts';
import { historyHandlers } from './history.ts';
import { inputHandlers } from './inputs.ts';
import { loggedModelHandlers } from './logged-models.ts';
import { loggingHandlers } from './logging.ts';
import { runHandlers } from './runs.ts';
import { searchExperiments } from './search-experiments.ts';
import { searchLoggedModels } from './search-logged-models.ts';
import { searchRuns } from './search-runs.ts';
import { serverInfo } from './server-info.ts';
import { traceHandlers } from './traces/index.ts';

/** All handlers of the tracking server. */
export async function trackingHandlers(tracking: Tracking): Promise<Handlers<EndpointName>> {
  await ensureDefault(tracking);
  return {
    serverInfo,
    ...experimentHandlers(tracking),
    searchExperiments: searchExperiments(tracking),
    ...runHandlers(tracking),
    ...loggingHandlers(tracking),
    searchRuns: searchRuns(tracking),
    ...historyHandlers(tracking),
    ...inputHandlers(tracking),
    ...loggedModelHandlers(tracking),
    searchLoggedModels: searchLoggedModels(tracking),
    ...artifactHandlers(tracking),
    ...traceHandlers(tracking),
  };
}
