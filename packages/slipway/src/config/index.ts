export { readDuration } from './duration.ts';
/** @public */
export { parseSetting } from './kinds.ts';
export { resolveSettings, settings, type SettingName, type Settings } from './settings.ts';
