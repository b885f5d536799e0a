import { expect, test } from 'vitest';
import { resolveSettings, type SettingName } from './index.ts';

test('defaults', () => {
  const { values, origins } = resolveSettings({}, {});
  expect(values).toMatchObject({
    host: '127.0.0.1',
    port: 8080,
    'max-body': 64 * 1024 ** 2,
    'request-timeout': 60_000,
    'access-log': false,
    auth: undefined,
  });
  expect(new Set(Object.values(origins))).toEqual(new Set(['default']));
});

test('a flag wins over the environment, the environment over the default', () => {
  const environment = { SLIPWAY_PORT: '9001', PORT: '9002', SLIPWAY_HOST: '127.0.0.2', SLIPWAY_LOG: '' };
  const { values, origins } = resolveSettings({ host: 'localhost' }, environment);
  expect(values).toMatchObject({ host: 'localhost', port: 9001, log: undefined });
  expect(origins).toMatchObject({ host: 'flag', port: 'environment', log: 'default' });
  expect(resolveSettings({}, { PORT: '9002' }).values.port).toBe(9002);
});

test.for<[SettingName, string, unknown]>([
  ['max-body', '1GiB', 1024 ** 3],
  ['max-body', '1.5 MB', 1_500_000],
  ['max-body', '100', 100],
  ['drain-timeout', '5min', 300_000],
  ['drain-timeout', '1.5s', 1500],
  ['access-log', 'on', true],
  ['auth', 'platform', 'platform'],
  ['port', '0', 0],
])('--%s %s', ([name, text, expected]) => expect(resolveSettings({ [name]: text }, {}).values[name]).toBe(expected));

test.for<[SettingName, string, string]>([
  ['port', '99999', '--port: expected a port from 0 to 65535, received "99999".'],
  ['port', 'http', '--port: expected a port from 0 to 65535, received "http".'],
  ['max-body', '5 parsecs', '--max-body: expected a size such as 64MiB, received "5 parsecs".'],
  ['max-body', '1constructor', '--max-body: expected a size such as 64MiB, received "1constructor".'],
  ['workers', '0', '--workers: expected a whole number from 1 to 1000000, received "0".'],
  ['auth', 'none', '--auth: expected keys or oidc or platform, received "none".'],
  ['access-log', 'maybe', '--access-log: expected true or false, received "maybe".'],
])('--%s %s is refused', ([name, text, message]) => {
  expect(() => resolveSettings({ [name]: text }, {})).toThrow(
    expect.objectContaining({ code: 'USAGE', message }) as Error,
  );
});

test('the variable is named where it is wrong', () => {
  expect(() => resolveSettings({}, { PORT: 'x' })).toThrow('PORT: expected a port');
});
