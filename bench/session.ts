import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { pinned } from './pinned.ts';

/** A process on the measured core that answers a line with a line. Of several only the one that is asked works. */
export interface Session extends AsyncDisposable {
  ask(line: string): Promise<string>;
}

export function session(command: readonly string[], env: NodeJS.ProcessEnv = {}): Session {
  const [program, args] = pinned('measured', command);
  const child = spawn(program, args, { env: { ...process.env, ...env }, stdio: ['pipe', 'pipe', 'pipe'] });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-4000)));
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async ask(line) {
      child.stdin.write(`${line}\n`);
      const { value, done } = await answers.next();
      if (done) throw new Error(`${command.join(' ')} ended at "${line}"\n${said}`);
      return value;
    },
    async [Symbol.asyncDispose]() {
      child.stdin.end();
      await ended;
    },
  };
}
