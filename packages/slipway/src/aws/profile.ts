import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** Settings of a profile, of `~/.aws/config` and `~/.aws/credentials` together; the latter wins. */
export function readProfile(environment: NodeJS.ProcessEnv): ReadonlyMap<string, string> {
  const name = environment['AWS_PROFILE'] ?? environment['AWS_DEFAULT_PROFILE'] ?? 'default';
  const home = environment['HOME'] ?? homedir();
  const config = environment['AWS_CONFIG_FILE'] ?? join(home, '.aws/config');
  const credentials = environment['AWS_SHARED_CREDENTIALS_FILE'] ?? join(home, '.aws/credentials');
  return new Map([
    ...sectionOf(config, name === 'default' ? 'default' : `profile ${name}`),
    ...sectionOf(credentials, name),
  ]);
}

function sectionOf(path: string, name: string): [string, string][] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return [];
  }
  let isInside = false;
  const found: [string, string][] = [];
  for (const line of text.split(/\r?\n/)) {
    const section = /^\s*\[\s*([^\]]+?)\s*\]/.exec(line);
    if (section) isInside = section[1] === name;
    const setting = /^([\w-]+)\s*=\s*(.*?)\s*$/.exec(line);
    if (isInside && setting) found.push([setting[1] as string, setting[2] as string]);
  }
  return found;
}
