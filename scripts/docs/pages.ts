import { cliPage } from './cli.ts';
import { grafanaDashboard } from './dashboard.ts';
import { errorsPage } from './errors.ts';
import { metricsPage } from './metrics.ts';
import { supportPage } from './support.ts';

/** The generated pages: path from the repository's root → text. */
export async function generatedPages(): Promise<Record<string, string>> {
  return {
    'docs/reference/cli.md': await cliPage(),
    'docs/reference/errors.md': errorsPage(),
    'docs/reference/metrics.md': await metricsPage(),
    'ops/grafana-dashboard.json': grafanaDashboard(),
    'docs/reference/support.md': supportPage(),
  };
}
