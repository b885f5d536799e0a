#!/usr/bin/env node
/**
 * Generates packages/core/src/protocols/grpc/generated from the .proto files beside it. Needed only when those change:
 *
 *   node scripts/protos.mjs PROTOC PLUGIN   with protoc (protobuf-compiler) and protoc-gen-es (npm @bufbuild/protoc-gen-es)
 */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const room = join(dirname(fileURLToPath(import.meta.url)), '../packages/core/src/protocols/grpc');
const [protoc = 'protoc', plugin = 'protoc-gen-es', ...more] = process.argv.slice(2);
const files = readdirSync(join(room, 'proto')).filter((name) => name.endsWith('.proto'));
const { status } = spawnSync(
  protoc,
  [
    ...more,
    `--plugin=protoc-gen-es=${plugin}`,
    '-I.',
    '--es_out=../generated',
    '--es_opt=target=ts,import_extension=ts',
    ...files,
  ],
  { cwd: join(room, 'proto'), stdio: 'inherit' },
);
if (status !== 0) process.exit(status ?? 1);

// Enums are no syntax that can be erased; constants say the same.
for (const name of readdirSync(join(room, 'generated'))) {
  const path = join(room, 'generated', name);
  const text = readFileSync(path, 'utf8').replaceAll(
    /export enum (\w+) \{([\s\S]*?)\n\}/g,
    (_, enumName, body) =>
      `export const ${enumName} = {${body.replaceAll(/(\w+) = (\d+),/g, '$1: $2,')}\n} as const;\nexport type ${enumName} = (typeof ${enumName})[keyof typeof ${enumName}];`,
  );
  writeFileSync(path, text);
}
