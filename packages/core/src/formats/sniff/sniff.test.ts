import { readdirSync, readFileSync, statSync } from 'node:fs';
import { expect, test } from 'vitest';
import { latin1Bytes } from '../text.ts';
import { portableInflate } from '../compression/index.ts';
import { explainUnknown, sniff, titleOf, zipContent, type FileKind } from '../sniff.ts';
import { readZip } from '../zip/index.ts';

const fixtures = new URL('../../../../../fixtures/', import.meta.url);
const bytes = (text: string) => latin1Bytes(text) as Uint8Array;

/** What the fixtures are, by the ends of their names. */
const byName: readonly (readonly [RegExp, readonly FileKind[]])[] = [
  [/\.cbm$/, ['catboost-cbm']],
  [/cat12-churn-cbm\/model\.json$/, ['catboost-json']],
  [/\.onnx$/, ['onnx']],
  [/\.tflite$/, ['tflite']],
  [/\.h5$/, ['hdf5']],
  [/\.(?:keras|skops|pt)$/, ['zip']],
  [/\.ubj$/, ['xgboost-ubj']],
  [/xgb\w*-[\w-]+\/(?:model\/)?model\.json$|xgboost\/model\/model\.json$/, ['xgboost-json']],
  [/lgb\w+-[\w-]+\/model\.txt$/, ['lightgbm-text']],
  [/saved_model\.pb$/, ['tf-saved-model']],
  [/\.joblib\.xz$/, ['xz']],
  [/\.lz4$/, ['lz4']],
  [/\.gz$/, ['gzip']],
  [/\.(?:pkl|pickle|sav)$/, ['pickle']],
  [/\.joblib$/, ['pickle', 'zlib', 'gzip', 'bz2', 'lzma']],
];

test('every model of the fixtures', () => {
  const folder = new URL('models/', fixtures);
  const seen = new Set<string>();
  for (const path of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const url = new URL(`models/${path.replaceAll('\\', '/')}`, fixtures);
    const expected = byName.find(([name]) => name.test(url.pathname))?.[1];
    if (!expected || !statSync(url).isFile()) continue;
    const kind = sniff(new Uint8Array(readFileSync(url)));
    expect(expected, path).toContain(kind);
    seen.add(kind);
  }
  expect([...seen].sort()).toEqual(
    'bz2 catboost-cbm catboost-json gzip hdf5 lightgbm-text lz4 lzma onnx pickle tf-saved-model tflite xgboost-json xgboost-ubj xz zip zlib'.split(
      ' ',
    ),
  );
});

test.for<readonly [start: string, kind: FileKind]>([
  ['', 'empty'],
  ['\x80\x02N.', 'pickle'],
  ['\x80\x06N.', 'pickle'],
  ['\x80', 'pickle'],
  ['ccopy_reg\n_reconstructor\np0\n', 'pickle-text'],
  ['(dp0\nS"a"\n', 'pickle-text'],
  ['(lp0\n', 'pickle-text'],
  ['(im\nC\n', 'pickle-text'],
  [']q\0(K\x01', 'pickle-text'],
  ['}q\0X\x01', 'pickle-text'],
  ['ZF0x2a               x', 'joblib-zf'],
  ['PK\x03\x04', 'zip'],
  ['PK\x05\x06', 'zip'],
  [`${'\0'.repeat(257)}ustar`, 'tar'],
  ['\x93NUMPY\x01\0', 'npy'],
  ['PAR1....', 'parquet'],
  ['ARROW1\0\0', 'arrow'],
  ['GGUF\x03\0\0\0', 'gguf'],
  ['\x04\0\0\0\0\0\0\0{"a"', 'safetensors'],
  ['\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02', 'torch-legacy'],
  ['binf\0\0\0?', 'xgboost-legacy'],
  ['CONFIG-offset:', 'xgboost-legacy'],
  [`\0\0\0?${'\0'.repeat(132)}\x09\0\0\0\0\0\0\0reg:gamma\x06\0\0\0\0\0\0\0gbtree`, 'xgboost-legacy'],
  ['{L\0\0\0\0\0\0\0\x07learner{', 'xgboost-ubj'],
  ['{"learner":{"attributes":{}}}', 'xgboost-json'],
  ['\n { "version": [3,0,0],\n "learner": {} }', 'xgboost-json'],
  ['{"version":[1,{"learner":2}],"a":"\\"learner\\":"}', 'json'],
  ['{"features_info":{"learner":1},"oblivious_trees":[]}', 'catboost-json'],
  ['{"name":"tree","version":"v4","tree_info":[]}', 'lightgbm-json'],
  ['{"class_name":"Sequential"}', 'keras-json'],
  ['[{"a":1}]', 'json'],
  ['\xef\xbb\xbf{"a":1}', 'json'],
  ['{"a":', 'json'],
  ['{', 'text'],
  ['tree\nversion=v3\n', 'lightgbm-text'],
  ['tree\r\nversion=v4\r\n', 'lightgbm-text'],
  ['version https://git-lfs.github.com/spec/v1\noid sha256:', 'git-lfs-pointer'],
  ['\n<!DOCTYPE html><html>', 'html'],
  ['<html lang="en">', 'html'],
  ['<?xml version="1.0"?><PMML version="4.4">', 'pmml'],
  ['<?xml version="1.0"?><Error><Code>AccessDenied</Code>', 'xml'],
  ['age,plan\n41,basic\n', 'csv'],
  ['c1;c2\n1;2\n', 'csv'],
  ['conda env\nname: x', 'text'],
  ['import os\n', 'text'],
  ['\x08\x07:\x04abcd', 'onnx'],
  ['\x08\x07\x12\x03abc:\xff\xff\x03ab', 'onnx'],
  ['\x08\x07\x12\x03abc', 'unknown'],
  ['\x08\x01\x12\x64' + 'x'.repeat(20), 'tf-saved-model'],
  ['\x01\x02\x03', 'unknown'],
  ['\xff\xff\xff\xff', 'unknown'],
  ['MZ\x90\0', 'unknown'],
])('%j is %s', ([start, kind]) => {
  expect(sniff(bytes(start))).toBe(kind);
});

test.for<readonly [what: string, content: string, message: RegExp, hint: RegExp]>([
  ['nothing', '', /is an empty file/, /again/],
  ['a Git LFS pointer', 'version https://git-lfs.github.com/spec/v1\n', /Git LFS pointer/, /git lfs pull/],
  ['a web page', '<!doctype html>', /HTML page/, /link/],
  ['JSON', '{"a":1}', /JSON that is no model/, /right file/],
  ['a table', 'a,b\n1,2\n', /CSV table/, /slipway predict/],

  ['an old XGBoost model', 'binf', /old binary format/, /save_model/],
  ['old PyTorch', '\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.', /PyTorch/, /torch\.onnx\.export/],
  ['noise', '\x01\x02', /begins like none/, /joblib\.dump/],
])('%s is explained', ([, content, message, hint]) => {
  const error = explainUnknown(bytes(content), 'model.bin');
  expect(error.code).toBe('UNKNOWN_FORMAT');
  expect(error.message).toMatch(message);
  expect(error.message).toContain('"model.bin"');
  expect(error.hint).toMatch(hint);
});

test.for([
  ['keras-digits-cnn/model.keras', 'keras', /Keras model/],
  ['mlflow3-taxi-sklearn-skops/model/model.skops', 'skops', /zip archive/],
  ['torch-digits-state-dict/checkpoint.pt', 'torch', /without the network/],
  ['torchscript-iris-mlp/model.pt', 'torchscript', /TorchScript/],
] as const)('inside %s is %s', ([path, content, message]) => {
  const file = new Uint8Array(readFileSync(new URL(`models/${path}`, fixtures)));
  expect(zipContent(readZip(file, portableInflate).names)).toBe(content);
  expect(explainUnknown(file, 'file').message).toMatch(message);
});

test('other zip archives', () => {
  expect(zipContent(['a.npy', 'b.npy'])).toBe('npz');
  expect(zipContent(['model/MLmodel', 'model/model.pkl'])).toBe('mlflow');
  expect(zipContent(['readme.txt'])).toBe('zip');
  expect(zipContent([])).toBe('zip');
  expect(explainUnknown(bytes('PK\x03\x04 damaged'), 'file').message).toMatch(/zip archive/);
});

test('a folder is explained, and every kind has a name', () => {
  expect(explainUnknown(undefined, 'models').message).toMatch(/folder "models"/);
  expect(titleOf('pickle')).toBe('a pickle');
});
