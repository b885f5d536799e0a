import { resolveSettings, settings, type SettingName } from '../../config/index.ts';
import type { Command } from '../command.ts';
import { table } from '../table.ts';

/** `slipway config` */
export const config: Command = {
  name: 'config',
  summary: 'show every setting and where its value comes from',
  about: 'Shows every setting of the server, its value, and whether that is the default or comes from the environment.',
  args: [],
  flags: [],
  examples: [{ run: 'SLIPWAY_PORT=9000 slipway config', does: 'See what a variable changes' }],
  run({ json, terminal, environment, home }) {
    const { values, origins } = resolveSettings({}, environment);
    const names = Object.keys(settings) as SettingName[];
    const valueOf = (name: SettingName) => (name === 'home' ? home : values[name]);
    if (json) {
      terminal.printJson(
        Object.fromEntries(names.map((name) => [name, { value: valueOf(name) ?? null, origin: origins[name] }])),
      );
      return Promise.resolve(0);
    }
    const rows = names.map((name) => [
      name,
      String(valueOf(name) ?? '-'),
      origins[name],
      settings[name].env.join(', '),
      settings[name].help,
    ]);
    terminal.print(
      table([['setting', 'value', 'from', 'variable', 'what'], ...rows], (text) => terminal.style('bold', text)),
    );
    return Promise.resolve(0);
  },
};
