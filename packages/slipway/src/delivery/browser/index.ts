import { createHash } from 'node:crypto';
import { answerSchema, rowSchema } from '@slipway/core/signature';
import { version } from '../../intake/version.ts';
import { edgeFiles } from '../edge-files.ts';
import { typeOf } from '../schema-types.ts';
import { deliveryTarget, labelOf, type DeliveredModel } from '../target.ts';
import { page } from './page.ts';
import { appScript, predictModule, readme, serviceWorker } from './texts.ts';

/** A folder for any static host: the model answers in the visitor's browser, also without a network. */
export const browser = deliveryTarget({
  id: 'browser',
  title: 'Browser',
  summary: 'a folder for any static host: a typed predict(), a form page, installable, works offline',
  options: {
    goldens: { type: 'number', value: 'N', help: 'Most goldens to replay when the page opens.', default: 10 },
    title: { type: 'text', value: 'TEXT', help: 'Title of the page (default: the name of the model).' },
  },

  plan(model, { goldens, title }) {
    const shown = title ?? model.name;
    const files = {
      ...edgeFiles(model, 'browser', goldens),
      'predict.mjs': predictModule,
      'predict.d.mts': types(model),
      'index.html': page(model, shown),
      'app.mjs': appScript,
      'answer.js': { asset: 'pages', path: 'answer.js' },
      'row-form.js': { asset: 'pages', path: 'row-form.js' },
      'page.css': { asset: 'pages', path: 'page.css' },
      'icon.svg': { asset: 'pages', path: 'icon.svg' },
      'manifest.webmanifest': manifest(shown),
      'README.md': readme(labelOf(model), model.pkg.digest),
    } as const;
    const kept = Object.keys(files).filter((path) => !/\.(?:md|d\.mts)$/.test(path));
    // Whatever changes in the folder is a new set of files for those who have it offline.
    const stamp = createHash('sha256')
      .update(JSON.stringify([version, model.pkg.digest, files['model.json'], files['index.html']]))
      .digest('hex')
      .slice(0, 16);
    return {
      files: { ...files, 'sw.js': serviceWorker(stamp, kept) },
      steps: [],
      notes: ['Host the folder over https (or on localhost): browsers keep pages offline only then.'],
    };
  },
});

function types({ pkg }: DeliveredModel): string {
  const { signature } = pkg.manifest;
  return `/** A row, as the model was trained with. */
export type Row = ${typeOf(rowSchema(signature))};

/** The answer to a row. */
export type Answer = ${typeOf(answerSchema(signature))};

export interface Options {
  /** What becomes of columns that the model does not know. */
  readonly extra?: 'refuse' | 'ignore';
}

/** Loads the model, once, and replays goldens: rejects when this browser answers differently. \`predict\` does it by itself. */
export function load(): Promise<void>;

/** Answers a row, or each row of an array. Rejects with \`code\`, \`message\`, \`hint\` and \`errors\` when rows are wrong. */
export function predict(row: Row, options?: Options): Promise<Answer>;
export function predict(rows: readonly Row[], options?: Options): Promise<Answer[]>;
`;
}

function manifest(title: string): string {
  const content = {
    name: title,
    short_name: title.slice(0, 12),
    start_url: './',
    scope: './',
    display: 'standalone',
    background_color: '#f5f7f8',
    theme_color: '#0b6e6e',
    icons: [{ src: 'icon.svg', sizes: 'any', type: 'image/svg+xml', purpose: 'any' }],
  };
  return `${JSON.stringify(content, null, 2)}\n`;
}
