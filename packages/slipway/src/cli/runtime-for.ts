import type { RuntimeChoice } from '../runtimes/load.ts';
import type { Flags } from './arguments.ts';
import type { Flag } from './command.ts';

export { exampleInputs, loadRuntimes, runtimeFor, stepsOf, type RuntimeChoice } from '../runtimes/load.ts';

export const runtimeFlag: Flag = {
  name: 'runtime',
  value: 'NAME',
  choices: ['compiled', 'onnx'],
  help: 'Executor (default: the faster one that takes the model).',
};

export function runtimeChoice(flags: Flags): RuntimeChoice {
  return flags.text('runtime') as RuntimeChoice;
}
