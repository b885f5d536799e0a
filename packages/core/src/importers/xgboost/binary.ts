import type { Json } from '../../formats/ubjson/index.ts';
import { ByteReader } from './byte-reader.ts';
import { corrupt } from './corrupt.ts';

const NONE = 0xffffffff;
/** `LearnerModelParamLegacy`, `GBTreeModelParam`, `TreeParam`, and the parameters of gblinear: fixed sizes, mostly reserved. */
const LEARNER_BYTES = 136;
const TREES_BYTES = 160;
const TREE_BYTES = 148;
const LINEAR_BYTES = 136;
/** Node: parent, left, right, feature and default, value. Statistics of a node: four numbers. */
const NODE_WORDS = 5;
const NODE_BYTES = 4 * NODE_WORDS;
const STATISTICS_BYTES = 16;

/**
 * The binary format of XGBoost before 2.1 (`.model`, `.bst`, `.bin`; `Learner::LoadModel`) → the document that its JSON
 * would be. Files of 1.0 and earlier begin without `binf`.
 */
export function readBinary(bytes: Uint8Array): Json {
  const reader = new ByteReader(bytes);
  if (reader.startsWith('binf')) reader.skip(4);
  const learner = reader.part(LEARNER_BYTES);
  const baseScore = learner.getFloat32(0, true);
  const [features, classes, hasAttributes] = [1, 2, 3].map((word) => learner.getInt32(4 * word, true));
  const [major, minor, targets] = [5, 6, 7].map((word) => learner.getInt32(4 * word, true));
  const objective = reader.text();
  const booster = reader.text();
  const gradient = readGradientBooster(reader, booster);
  const attributes = hasAttributes ? reader.pairs() : [];
  return {
    // Before 1.0 the file does not say its version.
    version: [major as number, minor as number],
    learner: {
      learner_model_param: {
        base_score: String(baseScore),
        num_class: String(classes),
        num_feature: String(features),
        num_target: String(Math.max(1, targets as number)),
      },
      objective: { name: objective },
      gradient_booster: gradient,
      attributes: Object.fromEntries(attributes),
    },
  };
}

/** A booster as Python pickled it before 1.3: `CONFIG-offset:`, the length of the model, the model, and its training parameters. */
export function readPickledBinary(bytes: Uint8Array): Json {
  const reader = new ByteReader(bytes);
  reader.skip('CONFIG-offset:'.length);
  const model = readBinary(reader.bytes(reader.length()));
  const config = new TextDecoder().decode(reader.rest());
  return { Model: model, Config: parse(config) };
}

function parse(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch (cause) {
    throw corrupt('the training parameters of a pickled booster are no JSON', cause);
  }
}

function readGradientBooster(reader: ByteReader, name: string): Json {
  switch (name) {
    case 'gbtree':
      return { name, model: readTrees(reader) };
    case 'dart': {
      const model = readTrees(reader);
      const weights = model.trees.length ? reader.floats(reader.length()) : new Float32Array();
      return { name, gbtree: { model }, weight_drop: weights };
    }
    case 'gblinear':
      reader.skip(LINEAR_BYTES);
      return { name, model: { weights: reader.floats(reader.length()) } };
    default:
      throw corrupt(`it is boosted by ${JSON.stringify(name.slice(0, 40))}`);
  }
}

function readTrees(reader: ByteReader) {
  const param = reader.part(TREES_BYTES);
  const count = reader.fits(param.getInt32(0, true), TREE_BYTES);
  const trees = Array.from({ length: count }, () => readTree(reader));
  return {
    // Before 1.3 the second number was something else, and always 1 at most.
    gbtree_model_param: { num_trees: String(count), num_parallel_tree: String(param.getInt32(4, true)) },
    trees,
    tree_info: reader.integers(count),
  };
}

function readTree(reader: ByteReader) {
  const param = reader.part(TREE_BYTES);
  const count = reader.fits(param.getInt32(4, true), NODE_BYTES + STATISTICS_BYTES);
  const nodes = reader.part(count * NODE_BYTES);
  reader.skip(count * STATISTICS_BYTES);
  const left = new Int32Array(count);
  const right = new Int32Array(count);
  const feature = new Int32Array(count);
  const missingLeft = new Uint8Array(count);
  const conditions = new Float32Array(count);
  for (let node = 0; node < count; node++) {
    const at = node * NODE_BYTES;
    const split = nodes.getUint32(at + 12, true);
    const isDeleted = split === NONE;
    left[node] = isDeleted ? -1 : nodes.getInt32(at + 4, true);
    right[node] = isDeleted ? -1 : nodes.getInt32(at + 8, true);
    feature[node] = isDeleted ? 0 : split & 0x7fffffff;
    missingLeft[node] = split >>> 31;
    conditions[node] = nodes.getFloat32(at + 16, true);
  }
  return {
    tree_param: { num_nodes: String(count), size_leaf_vector: '0' },
    left_children: left,
    right_children: right,
    split_indices: feature,
    default_left: missingLeft,
    split_conditions: conditions,
  };
}
