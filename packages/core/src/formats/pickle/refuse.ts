import { fail, type SlipwayError } from '../../errors/index.ts';
import type { Cursor } from './cursor.ts';
import { Op } from './opcodes.ts';

const again = 'Save the model again with joblib.dump(model, "model.joblib") in a plain Python process.';

const reasons = new Map<number, readonly [what: string, why: string, advice: string]>([
  ...[Op.EXT1, Op.EXT2, Op.EXT4].map(
    (code) =>
      [code, ['A pickle with extension codes', 'they refer to a registry that is not in the file.', again]] as const,
  ),
  ...[Op.PERSID, Op.BINPERSID].map(
    (code) =>
      [
        code,
        [
          'A pickle with persistent ids',
          'they refer to data that its program stored elsewhere.',
          'For a PyTorch model export ONNX with torch.onnx.export; for others save the model alone with joblib.dump.',
        ],
      ] as const,
  ),
  [Op.NEXT_BUFFER, ['A pickle with out-of-band buffers', 'its arrays are not in the file.', again]],
]);

/** The error for an opcode that is known but refused, or unknown; for PROTO with the protocol that is too new. */
export function refuseOpcode(opcode: number, cursor: Cursor, protocol?: number): SlipwayError {
  if (protocol !== undefined) {
    return fail('UNSUPPORTED_FORMAT', {
      what: `Pickle protocol ${protocol}`,
      why: 'Slipway reads protocols 0 to 5.',
      advice: 'If the file is really a pickle, save it with protocol=5.',
    });
  }
  const reason = reasons.get(opcode);
  if (reason) return fail('UNSUPPORTED_FORMAT', { what: reason[0], why: reason[1], advice: reason[2] });
  return cursor.corrupt(`0x${opcode.toString(16).padStart(2, '0')} is no pickle opcode`);
}
