import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { fixturesFolder } from '../../../../../../test/fixtures.ts';
import { importPath, sourceOf } from '../../../../../../test/parity.ts';
import { nodeInflate } from '../../../../../slipway/src/stores/inflate.ts';
import { GraphBuilder, writeOnnx } from '../../../onnx/index.ts';
import type { TokensStep } from '../../../pre/index.ts';
import { importModel, type Imported, type Source } from '../../index.ts';

const folder = (name: string) => join(fixturesFolder, 'extra', `hf-${name}`, 'model');

/** A fixture with other files; null takes one away. */
function changed(name: string, files: Readonly<Record<string, unknown>>): Imported {
  const source = sourceOf(folder(name));
  const all = new Map(source.files);
  for (const [path, value] of Object.entries(files)) {
    if (value === null) all.delete(path);
    else all.set(path, () => (value instanceof Uint8Array ? value : new TextEncoder().encode(JSON.stringify(value))));
  }
  return importModel({ ...source, files: all }, { inflate: nodeInflate });
}

function jsonOf(name: string, file: string): Record<string, unknown> {
  const bytes = sourceOf(folder(name)).files?.get(file)?.();
  return JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>;
}

function stepOf({ pre }: Imported): TokensStep & { readonly tokenizer: Record<string, Record<string, unknown>> } {
  return pre?.[0] as TokensStep & { readonly tokenizer: Record<string, Record<string, unknown>> };
}

test('a classifier answers labels and probabilities', () => {
  const { signature, pre, report } = importPath(folder('bert-sentiment'));
  expect(signature).toMatchObject({
    form: 'text',
    task: 'classification',
    classes: ['NEGATIVE', 'POSITIVE'],
    columns: [{ name: 'text', type: 'string', nullable: false }],
  });
  expect(pre).toMatchObject([
    {
      op: 'tokens',
      columns: ['text'],
      ids: 'input_ids',
      mask: 'attention_mask',
      types: 'token_type_ids',
      dtype: 'int64',
    },
  ]);
  expect(report.steps.map(({ path }) => path)).toEqual(['model', 'tokenizer', 'head']);
  expect(report.warnings).toEqual([]);
});

describe('lengths and padding', () => {
  test.for([
    { name: 'tokenizer_config.json', model: 'bert-sentiment', files: {}, length: 32 },
    {
      name: 'positions of the model',
      model: 'bert-sentiment',
      files: { 'tokenizer_config.json': { model_max_length: 1e30 } },
      length: 40,
    },
    { name: 'positions of RoBERTa', model: 'roberta-topics', files: {}, length: 32 },
    { name: 'sentence_bert_config.json', model: 'minilm-embedding', files: {}, length: 24 },
  ])('$name', ({ model, files, length }) => {
    expect(stepOf(changed(model, files)).tokenizer['truncation']?.['max_length']).toBe(length);
  });

  test('sides and the token for padding come from the configuration', () => {
    const step = stepOf(
      changed('bert-sentiment', {
        'tokenizer_config.json': { padding_side: 'left', truncation_side: 'left', pad_token: { content: '[MASK]' } },
      }),
    );
    expect(step.tokenizer['padding']).toMatchObject({ direction: 'Left', pad_id: 4, strategy: 'BatchLongest' });
    expect(step.tokenizer['truncation']).toMatchObject({ direction: 'Left' });
  });

  test('without a configuration the padding of tokenizer.json holds', () => {
    const step = stepOf(changed('minilm-embedding', { 'tokenizer_config.json': null }));
    expect(step.tokenizer['padding']).toMatchObject({ strategy: { Fixed: 16 } });
  });
});

test('without config.json the outputs are answered as they are', () => {
  const { signature } = changed('bert-sentiment', { 'config.json': null });
  expect(signature).toMatchObject({ form: 'text', task: 'graph', outputs: { all: ['logits'] } });
});

test('labels that config.json lacks are numbered, with a warning', () => {
  const { signature, report } = changed('roberta-topics', {
    'config.json': { ...jsonOf('roberta-topics', 'config.json'), id2label: { 0: 'one' } },
  });
  expect(signature.classes).toEqual(['LABEL_0', 'LABEL_1', 'LABEL_2']);
  expect(report.warnings.join()).toContain('id2label');
});

test('of several exports the plain one is taken', () => {
  const { signature } = changed('bert-sentiment', { 'model_quantized.onnx': new Uint8Array([8]) });
  expect(signature.task).toBe('classification');
});

test('token ids without a tokenizer are answered as tensors, with advice', () => {
  const { signature, report } = changed('bert-sentiment', { 'tokenizer.json': null });
  expect(signature.form).toBe('tensors');
  expect(report.warnings.join()).toContain('tokenizer.json');
});

/** A graph of nothing but its inputs and outputs. */
function graphOf(inputs: readonly string[], output: string, shape: (string | number)[] = ['N', 2]): Uint8Array {
  const graph = new GraphBuilder();
  const values = inputs.map((name) => graph.input(name, name === 'pixel_values' ? 'float32' : 'int64', ['N', 'L']));
  const value = graph.node('Cast', [values[0] as string], { to: 1 });
  graph.output(output, value, 'float32', shape);
  return writeOnnx(graph.build());
}

test('a graph that claims a billion labels is answered as it is', () => {
  const graph = graphOf(['input_ids'], 'logits', ['N', 1e9]);
  expect(changed('bert-sentiment', { 'model.onnx': graph }).signature.task).toBe('graph');
});

describe('refusals say what and what to do', () => {
  const config = { vocab_size: 170 };
  test.for<{ name: string; files: Record<string, unknown>; code?: string; says: string }>([
    {
      name: 'generation by its class',
      files: { 'config.json': { architectures: ['LlamaForCausalLM'] } },
      says: 'text generation',
    },
    {
      name: 'generation by its cache',
      files: { 'model.onnx': graphOf(['input_ids', 'past_key_values.0.key'], 'logits') },
      says: 'past_key_values.0.key',
    },
    {
      name: 'scores of the vocabulary',
      files: { 'model.onnx': graphOf(['input_ids'], 'logits', ['N', 'L', 170]), 'config.json': config },
      says: 'whole vocabulary',
    },
    {
      name: 'labels of tokens',
      files: { 'model.onnx': graphOf(['input_ids'], 'logits', ['N', 'L', 5]), 'config.json': config },
      says: 'each token',
    },
    {
      name: 'places in the text',
      files: { 'model.onnx': graphOf(['input_ids'], 'start_logits', ['N', 'L']) },
      says: 'inside a text',
    },
    { name: 'images', files: { 'model.onnx': graphOf(['input_ids', 'pixel_values'], 'logits') }, says: 'pixel_values' },
    {
      name: 'positions',
      files: { 'model.onnx': graphOf(['input_ids', 'position_ids'], 'logits') },
      says: 'position_ids',
    },
    {
      name: 'pairs of texts',
      files: { 'config.json': { sentence_transformers: { activation_fn: 'torch.nn.modules.activation.Sigmoid' } } },
      says: 'a cross-encoder',
    },
    { name: 'a broken tokenizer', files: { 'tokenizer.json': [] }, code: 'CORRUPT_FILE', says: 'object' },
    {
      name: 'an unknown component',
      files: { 'tokenizer.json': { ...jsonOf('bert-sentiment', 'tokenizer.json'), normalizer: { type: 'Foo' } } },
      says: 'Foo',
    },
    {
      name: 'more special tokens than the model takes',
      files: { 'tokenizer_config.json': { model_max_length: 1 } },
      code: 'CORRUPT_FILE',
      says: 'special tokens',
    },
  ])('$name', ({ files, code = 'UNSUPPORTED_MODEL', says }) => {
    let error: unknown;
    try {
      changed('bert-sentiment', files);
    } catch (caught) {
      error = caught;
    }
    expect(error).toMatchObject({ code });
    expect((error as Error).message).toContain(says);
  });

  test.for([
    {
      name: 'a module after pooling',
      files: { 'modules.json': [{ type: 'x.Pooling' }, { type: 'x.Dense' }] },
      says: 'Dense',
    },
    {
      name: 'another pooling',
      files: { '1_Pooling/config.json': { pooling_mode_lasttoken: true } },
      says: 'lasttoken',
    },
  ])('$name', ({ files, says }) => {
    expect(() => changed('minilm-embedding', files)).toThrow(says);
  });
});

test('the same files make the same graph', () => {
  const [a, b] = [importPath(folder('minilm-embedding')), importPath(folder('minilm-embedding'))];
  expect(writeOnnx(a.graph)).toEqual(writeOnnx(b.graph));
});

test('a source that is a file alone has no tokenizer', () => {
  const bytes = sourceOf(folder('bert-sentiment')).files?.get('model.onnx')?.();
  const source: Source = { name: 'model.onnx', bytes };
  expect(importModel(source, { inflate: nodeInflate }).signature.form).toBe('tensors');
});
