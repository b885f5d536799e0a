import { cliPage } from './cli.ts';
import { errorsPage } from './errors.ts';
import { supportPage } from './support.ts';

/** The generated pages: path from the repository's root → text. */
export async function generatedPages(): Promise<Record<string, string>> {
  return {
    'docs/reference/cli.md': await cliPage(),
    'docs/reference/errors.md': errorsPage(),
    'docs/reference/support.md': supportPage(),
  };
}
