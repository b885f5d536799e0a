import { generateCode } from '@slipway/core/compiled';
import { SlipwayError } from '@slipway/core/errors';
import { readOnnx } from '@slipway/core/onnx';
import type { Package } from '@slipway/core/package';

/** Why a package needs ONNX Runtime; undefined when plain JavaScript runs its graph. */
export function needsOnnxRuntime(pkg: Package): string | undefined {
  try {
    generateCode(readOnnx(pkg.graph));
    return undefined;
  } catch (error) {
    if (error instanceof SlipwayError && error.code === 'UNSUPPORTED_OPERATOR') return error.message;
    throw error;
  }
}
