import { expect, test } from 'vitest';
import type { Json } from '../../formats/ubjson/index.ts';
import { readBooster } from './booster.ts';
import { Document } from './document.ts';

const split = { categories_nodes: [0], categories: [1, 2], categories_segments: [0], categories_sizes: [2] };

function booster(tree: Readonly<Record<string, Json>>, params: Readonly<Record<string, Json>> = {}): Document {
  const node = { left_children: [1, -1, -1], right_children: [2, -1, -1], split_conditions: [0, 1, 2] };
  const parts = { tree_param: {}, split_indices: [0, 0, 0], default_left: [0, 0, 0] };
  const model = { gbtree_model_param: {}, tree_info: [0], trees: [{ ...node, ...parts, ...split, ...tree }] };
  const learner = {
    learner_model_param: { num_class: '0', num_feature: '1', ...params },
    objective: { name: 'reg:squarederror' },
    gradient_booster: { name: 'gbtree', model },
  };
  return new Document({ version: [3, 0, 0], learner });
}

test('categories of a split', () => {
  expect(readBooster(booster({})).trees[0]?.categorySplits).toEqual([{ node: 0, categories: [1, 2] }]);
});

test.for<
  readonly [what: string, tree: Readonly<Record<string, Json>>, params: Readonly<Record<string, Json>>, code: string]
>([
  ['more categories than there are', { categories_sizes: [2 ** 40] }, {}, 'CORRUPT_FILE'],
  ['categories before the first', { categories_segments: [-1] }, {}, 'CORRUPT_FILE'],
  ['no size', { categories_sizes: [] }, {}, 'CORRUPT_FILE'],
  ['two billion classes', {}, { num_class: '2000000000' }, 'LIMIT_EXCEEDED'],
])('%s', ([, tree, params, code]) => {
  expect(() => readBooster(booster(tree, params))).toThrow(expect.objectContaining({ code }));
});
