import { version } from '../../intake/version.ts';
import type { Command } from '../command.ts';

/** `slipway version` */
export const versionCommand: Command = {
  name: 'version',
  summary: 'show the version',
  about: 'Shows the versions of Slipway and of the Node that runs it.',
  args: [],
  flags: [],
  examples: [{ run: 'slipway version --json', does: 'For scripts' }],
  run({ json, terminal }) {
    const node = process.version.slice(1);
    if (json) terminal.printJson({ slipway: version, node, platform: process.platform, arch: process.arch });
    else terminal.print(`slipway ${version} (Node ${node}, ${process.platform}-${process.arch})`);
    return Promise.resolve(0);
  },
};
