export { resolveSettings, settings, type SettingName } from './settings.ts';
