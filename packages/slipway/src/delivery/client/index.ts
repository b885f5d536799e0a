import { deliveryTarget, labelOf } from '../target.ts';
import { pythonClient } from './python.ts';
import { typescriptClient } from './typescript.ts';

/** Typed clients for programs that call a served model. */
export const client = deliveryTarget({
  id: 'client',
  title: 'Clients',
  summary: 'typed clients for TypeScript and Python, made from the signature, without dependencies',
  options: {},

  plan(model) {
    return {
      files: { 'client.ts': typescriptClient(model), 'client.py': pythonClient(model) },
      steps: [],
      notes: [`Rows and answers are typed as ${labelOf(model)} has them: build again when its signature changes.`],
    };
  },
});
