import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Where the page that converts files is, when the site was built. */
export const convertPath = '/ui/site/convert/index.html';

/** The documentation as a site: in the published package beside the code, in a checkout where `npm run docs:site` writes it. */
const folders = ['../../../dist/site/', '../../../../../dist/site/'].map((path) => new URL(path, import.meta.url));

/** The folder of the built site, or undefined. Looked for each time: `npm start` builds it while the server runs. */
export function siteFolder(): URL | undefined {
  return folders.find((folder) => existsSync(new URL('index.html', folder)));
}

/** Files of the site by their path in it. Only what is listed is ever read, whatever a request asks for. */
export function siteFiles(folder: URL): ReadonlySet<string> {
  return new Set(
    readdirSync(fileURLToPath(folder), { recursive: true, encoding: 'utf8' }).map((path) => path.replaceAll('\\', '/')),
  );
}
