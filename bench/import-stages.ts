/** What the importing process spends, cold: node import-stages.ts MODEL prints milliseconds of processor time as JSON. */
import { enableCompileCache } from 'node:module';

export interface Stages {
  readonly start: number;
  readonly modules: number;
  /** Reading, conversion, the gate with both executors, and the files of the package. */
  readonly work: number;
}

enableCompileCache();
const [path = ''] = process.argv.slice(2);
const start = spent();
const { build } = await import('../packages/slipway/src/intake/build.ts');
const { identify } = await import('../packages/slipway/src/intake/source.ts');
const facts = await identify(path);
const modules = spent() - start;
await build({ path, name: facts.name }, facts);
const stages: Stages = { start, modules, work: spent() - start - modules };
process.stdout.write(JSON.stringify(stages));

function spent(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
