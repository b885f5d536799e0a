import type { Protocol } from '@slipway/core/protocols';
import { mlflowWire } from '../../mlflow-api/routes.ts';
import { endpoints } from './endpoints.ts';
import type { RegistryWireOptions } from './shared.ts';

export type { RegistryWireOptions } from './shared.ts';

/** MLflow's model registry on our port. Nothing but the table of its routes is loaded before the first request. */
export function registryWire(options: RegistryWireOptions): Protocol {
  return mlflowWire('mlflow-registry', 'MLflow model registry', endpoints, async () => {
    const [models, versions] = await Promise.all([import('./model-handlers.ts'), import('./version-handlers.ts')]);
    return { ...models.modelHandlers(options), ...versions.versionHandlers(options) };
  });
}
