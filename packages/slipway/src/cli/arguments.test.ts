import { expect, test } from 'vitest';
import { parseArguments } from './arguments.ts';
import type { Command } from './command.ts';

const command: Command = {
  name: 'sail',
  summary: '',
  about: '',
  args: [
    { name: 'SHIP', help: '' },
    { name: 'PORT', help: '', optional: true },
  ],
  flags: [
    { name: 'speed', value: 'N', type: 'number', help: '' },
    { name: 'flag-colour', value: 'C', choices: ['red', 'blue'], help: '' },
    { name: 'fast', help: '' },
    { name: 'secret', value: 'X', help: '', env: false },
  ],
  examples: [],
  run: () => Promise.resolve(0),
};
const parse = (words: string[], environment: Record<string, string> = {}) =>
  parseArguments(words, command, environment);

test('flags and arguments in any order', async () => {
  const { args, flags } = await parse(['--speed', '12', 'beagle', '--fast', 'lima', '--flag-colour=red']);
  expect(args).toEqual(['beagle', 'lima']);
  expect(flags.number('speed')).toBe(12);
  expect(flags.text('flag-colour')).toBe('red');
  expect(flags.has('fast')).toBe(true);
  expect(flags.has('json')).toBe(false);
});

test('values may be empty, contain = or begin with -', async () => {
  expect((await parse(['x', '--secret=a=b'])).flags.text('secret')).toBe('a=b');
  expect((await parse(['x', '--secret='])).flags.text('secret')).toBe('');
  expect((await parse(['x', '--speed', '-3'])).flags.number('speed')).toBe(-3);
  expect((await parse(['-', '--', '--speed'])).args).toEqual(['-', '--speed']);
});

test('the environment fills in, flags win', async () => {
  const environment = { SLIPWAY_SPEED: '3', SLIPWAY_FAST: 'true', SLIPWAY_SECRET: 'no', SLIPWAY_FLAG_COLOUR: '' };
  const { flags } = await parse(['x'], environment);
  expect([flags.number('speed'), flags.has('fast'), flags.text('secret'), flags.text('flag-colour')]).toEqual([
    3,
    true,
    undefined,
    undefined,
  ]);
  const own = await parse(['x', '--speed', '4', '--no-fast'], environment);
  expect([own.flags.number('speed'), own.flags.has('fast')]).toEqual([4, false]);
});

test('help needs nothing else', async () => {
  expect((await parse(['--help'])).flags.has('help')).toBe(true);
  expect((await parse(['-h'])).flags.has('help')).toBe(true);
});

test.for<[string[], Record<string, string>, string]>([
  [[], {}, 'SHIP is missing'],
  [['a', 'b', 'c'], {}, '"c" is one argument too many'],
  [['a', '--sped', '3'], {}, 'There is no flag --sped (did you mean --speed?)'],
  [['a', '-x'], {}, 'There is no flag -x'],
  [['a', '--no-speed'], {}, 'There is no flag --no-speed'],
  [['a', '--speed'], {}, '--speed needs a value'],
  [['a', '--speed', 'fast'], {}, '--speed must be a number'],
  [['a', '--speed='], {}, '--speed must be a number'],
  [['a', '--flag-colour', 'green'], {}, '--flag-colour must be red or blue'],
  [['a', '--fast=yes'], {}, '--fast takes no value'],
  [['a'], { SLIPWAY_SPEED: 'x' }, 'SLIPWAY_SPEED must be a number'],
  [['a'], { SLIPWAY_FAST: 'perhaps' }, 'SLIPWAY_FAST must be true or false'],
])('%j with %j is wrong usage', async ([words, environment, problem]) => {
  await expect(parse(words, environment)).rejects.toMatchObject({
    code: 'USAGE',
    message: expect.stringContaining(problem),
  });
});
