import {
  badPath,
  checkKey,
  checkLength,
  invalid,
  invalidValue,
  isPathLike,
  missingValue,
} from '../../mlflow-api/index.ts';

/** The rules of the reference server (3.17) for names of its model registry, with its texts. */

const MOST = { tagKey: 250, tagValue: 100_000, alias: 255 };

export function checkTitle(title: string, parameter = 'name'): void {
  if (title.trim() === '') throw invalid(missingValue(parameter));
  if (/[/:]/.test(title)) throw invalid(`Invalid model name '${title}'. Names cannot contain '/' or ':'.`);
  if (isPathLike(title)) throw invalid(invalidValue('name', title, badPath(title)));
}

/** The number of a version, which clients send as text. */
export function versionNumber(text: string): number {
  if (/^\s*[+-]?\d+(?:_\d+)*\s*$/.test(text)) return Number(text.replaceAll('_', ''));
  throw invalid(`Parameter 'version' must be an integer, got '${text}'.`);
}

export function checkTag(key: string, value: string): void {
  checkKey(key);
  checkLength('key', MOST.tagKey, key);
  checkLength('value', MOST.tagValue, value);
}

export function checkTagKey(key: string): void {
  checkKey(key);
}

export function checkAliasText(alias: string): void {
  if (alias === '') throw invalid('Registered model alias name cannot be empty.');
  if (!/^[\p{L}\p{N}_-]*$/u.test(alias)) {
    const rule = 'Names may only contain alphanumerics, underscores (_), and dashes (-).';
    throw invalid(`Invalid alias name: '${alias}'. ${rule}`);
  }
  checkLength('Registered model alias name', MOST.alias, alias);
}

export function checkAliasIsFree(alias: string): void {
  if (alias.toLowerCase() === 'latest') throw invalid("'latest' alias name (case insensitive) is reserved.");
  if (/^v\d+$/i.test(alias)) throw invalid(`Version alias name '${alias}' is reserved.`);
}

const stages = ['None', 'Staging', 'Production', 'Archived'] as const;

/** `production` → `Production` */
export function stageOf(text: string): string {
  const found = stages.find((stage) => stage.toLowerCase() === text.toLowerCase());
  if (found === undefined)
    throw invalid(`Invalid Model Version stage: ${text}. Value must be one of ${stages.join(', ')}.`);
  return found;
}
