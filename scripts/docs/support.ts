import { importers, type Exactness } from '../../packages/core/src/importers/index.ts';
import { converters } from '../../packages/core/src/importers/python/converters.ts';
import type { Converter } from '../../packages/core/src/importers/sklearn/converter.ts';
import { byVersion, libraryOf, readCoverage, type Checked, type Coverage } from './coverage.ts';
import { generatedNote, markdownTable, page } from './markdown.ts';

const titles: Readonly<Record<string, string>> = {
  'scikit-learn': 'scikit-learn',
  xgboost: 'XGBoost',
  lightgbm: 'LightGBM',
  catboost: 'CatBoost',
  pycaret: 'PyCaret',
  'imbalanced-learn': 'imbalanced-learn',
  category_encoders: 'category_encoders',
};

const exactness: Readonly<Record<Exactness, string>> = {
  'bit-exact': 'the same bits as the original: trees, comparisons, table lookups, plain arithmetic',
  '1e-12': 'float64 throughout; sums or functions such as exp may differ in the last bits',
  float32: 'computed in float32, as the library does, in its order; within 1e-5 relative',
  approximate: 'close to the original, not equal; the report of the import says how far',
};

/** What a tokenizer may be made of. */
const textParts: readonly (readonly string[])[] = [
  ['added tokens', '`single_word`, `lstrip`, `rstrip`, `normalized`'],
  [
    'normalizer',
    'BertNormalizer, NFC, NFD, NFKC, NFKD, Lowercase, StripAccents, Strip, Replace, Prepend, Precompiled, Nmt, ByteLevel, Sequence',
  ],
  [
    'pre-tokenizer',
    'BertPreTokenizer, Whitespace, WhitespaceSplit, ByteLevel, Metaspace, Punctuation, Digits, Split, CharDelimiterSplit, FixedLength, Sequence',
  ],
  ['model', 'WordPiece, BPE (without dropout), Unigram, WordLevel; byte fallback'],
  ['post-processor', 'TemplateProcessing, BertProcessing, RobertaProcessing, ByteLevel, Sequence'],
  ['truncation, padding', 'every side, strategy and multiple; overflowing parts are left out'],
  [
    'regular expressions',
    'classes, properties, groups, lookarounds, atomic groups; what could take exponential or cubic time is refused, and some patterns take texts of at most 50,000 characters',
  ],
];

/** One class of a library under its public name; it may have had several paths over the versions. */
interface Entry {
  readonly library: string;
  readonly module: string;
  readonly name: string;
  readonly converter: Converter;
  readonly versions: readonly string[];
}

/** `docs/reference/support.md`: files that are read, classes that convert, what is refused and what to do. */
export function supportPage(): string {
  const coverage = readCoverage();
  const entries = entriesOf(coverage);
  const libraries = [...new Set(entries.map(({ library }) => library))];
  const isRefused = ({ converter }: Entry) => converter.became === 'refused';
  const used = entries.filter((entry) => !isRefused(entry));
  return page([
    generatedNote,
    '# What converts',
    `This page is made from the code and from the fixtures: real model files with answers of the library that trained them. "Checked with"
names the library versions whose answers are compared in the tests. A class without one is **experimental**: its formula follows the
library's source, and the [gate](../explanation/parity.md) still compares every executor with the reference, but nobody has compared it
with the library yet. Bring [original answers](../how-to/goldens.md) for such a model.`,
    '## Files',
    markdownTable(['File', 'Checked with'], filesOf(coverage)),
    `Also read: the archive that [\`slipway_save.py\`](../how-to/goldens.md) writes, a \`.zip\` or \`.tar.gz\` of a model folder, a dict, list or
tuple that holds a model (\`--object\` chooses), and every pickle protocol from 0 to 5.`,
    '## Exactness',
    markdownTable(
      ['Class', 'Means'],
      Object.entries(exactness).filter(([id]) => used.some(({ converter }) => converter.exactness === id)),
    ),
    ...libraries.flatMap((library) => [
      `## ${titles[library] ?? library}`,
      markdownTable(
        ['Class', 'Module', 'Becomes', 'Exactness', 'Checked with'],
        used.filter((entry) => entry.library === library).map(rowOf),
      ),
    ]),
    '## Text models',
    `A folder of \`model.onnx\`, \`tokenizer.json\` and \`config.json\` is served from [text](../how-to/text-models.md). Token ids equal those of the
\`tokenizers\` library 0.23. A component that is not listed is refused by its name; a model that generates text is refused as well.`,
    markdownTable(['Part of tokenizer.json', 'Carried out'], textParts),
    '## Refused',
    `What is not listed above is refused by its path in the pipeline and its class, before anything is written. Known and refused for good are
${entries
  .filter(isRefused)
  .map(({ name }) => `\`${name}\``)
  .join(', ')}: their answer for a row depends on the other rows of the call. Other files that people try:`,
    markdownTable(
      ['Refused', 'What to do'],
      coverage.refusals
        .filter(({ code }) => code === 'UNSUPPORTED_FORMAT')
        .map(({ message, hint }) => [message, hint])
        .toSorted(([a = ''], [b = '']) => a.localeCompare(b, 'en')),
    ),
    'See [refused models](../how-to/refused.md) for custom Python code and the rest.',
  ]);
}

function entriesOf({ classes }: Coverage): Entry[] {
  const found = new Map<string, Entry>();
  for (const [type, converter] of converters) {
    const { module, name } = publicName(type);
    if (name.startsWith('_')) continue;
    const key = `${module.split('.').slice(0, 2).join('.')}.${name}`;
    const known = found.get(key);
    const versions = [...new Set([...(known?.versions ?? []), ...(classes.get(type) ?? [])])].toSorted(byVersion);
    const shorter = known && known.module.length <= module.length ? known.module : module;
    found.set(key, { library: libraryOf(type), module: shorter, name, converter, versions });
  }
  return [...found.values()].toSorted(
    (a, b) => order(a) - order(b) || a.module.localeCompare(b.module, 'en') || a.name.localeCompare(b.name, 'en'),
  );
}

/** scikit-learn first, libraries without a title last. */
function order({ library }: Entry): number {
  const at = Object.keys(titles).indexOf(library);
  return at === -1 ? Infinity : at;
}

/** `sklearn.svm._classes.SVC` → module `sklearn.svm`, name `SVC`. */
function publicName(type: string): { readonly module: string; readonly name: string } {
  const parts = type.split('.');
  const end = parts.findIndex((part) => part.startsWith('_') || /^[A-Z]/.test(part));
  return { module: parts.slice(0, end).join('.'), name: parts.at(-1) as string };
}

function rowOf({ module, name, converter, versions }: Entry): string[] {
  return [
    `\`${name}\``,
    `\`${module}\``,
    converter.became,
    converter.exactness,
    versions.length ? versions.join(', ') : '**experimental**',
  ];
}

function filesOf(coverage: Coverage): string[][] {
  return importers.map(({ id, title }) => {
    // A file inside an MLflow folder was read by its own importer.
    const nested = [...coverage.importers.values()].flat().filter(({ container }) => container.endsWith(`, ${id}`));
    const checked = coverage.importers.get(id) ?? nested;
    return [title, checked.length ? summarize(checked) : '**experimental**'];
  });
}

/** `joblib, zlib (scikit-learn 1.2, 1.5); …` */
function summarize(checked: readonly Checked[]): string {
  const groups = Map.groupBy(checked, ({ container }) => container);
  return [...groups]
    .map(([container, files]) => {
      const libraries = Map.groupBy(files, ({ library }) => library);
      const words = [...libraries].map(([library, list]) => {
        const versions = [...new Set(list.map(({ version }) => version))].toSorted(byVersion);
        return `${library} ${versions.join(', ')}`;
      });
      return `${container} (${words.join('; ')})`;
    })
    .toSorted((a, b) => a.localeCompare(b, 'en'))
    .join('<br>');
}
