/**
 * Registers packages one after the other until it is killed; the tests of the registry run several of it at once.
 *
 *   node test/registrar.ts HOME MODEL FIRST COUNT
 *
 * Prints each amount when its registration has returned.
 */
import { openRegistry } from '../packages/slipway/src/registry/index.ts';
import { samplePackage } from './sample-package.ts';

const [home = '', model = '', first = '0', count = '0'] = process.argv.slice(2);
const registry = await openRegistry({ home, thread: 'inline' });
process.stdout.write('ready\n');
for (let amount = Number(first); amount < Number(first) + Number(count); amount++) {
  await registry.register(samplePackage(amount), model, { source: { amount }, summary: {}, alias: 'champion' });
  process.stdout.write(`${amount}\n`);
}
await registry.close();
