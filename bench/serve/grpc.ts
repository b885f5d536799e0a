import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { create, toBinary } from '@bufbuild/protobuf';
import { ModelInferRequestSchema } from '../../packages/core/src/protocols/grpc/generated/inference_pb.ts';
import { freePort } from '../free-port.ts';
import { pythonFor, type Bench } from '../prepare.ts';
import { figure, median, megabytes, table, times } from '../table.ts';
import type { ServeOptions } from './index.ts';
import { allGood, loadTool, warmUp, type ToolResult } from './load-tool.ts';
import { slipway, withServer, type Server } from './running.ts';

const METHOD = '/inference.GRPCInferenceService/ModelInfer';
const WANTED = 5;

interface Round extends ToolResult {
  readonly bytes: number;
  readonly microseconds: number;
}

/** Open Inference Protocol over gRPC: one row of 30 columns, sixteen calls at a time on four connections, the same client for both. */
export async function grpc(bench: Bench, { rounds, seconds }: ServeOptions): Promise<void> {
  const load = await loadTool();
  const row = JSON.parse(readFileSync(join(bench.models, 'cancer.json'), 'utf8')) as number[];
  const body = Buffer.from(toBinary(ModelInferRequestSchema, requestOf(row))).toString('hex');
  const [slipwayPort, mlserverPort] = [await freePort(), await freePort()];
  const servers = [
    { server: slipwayOn(bench, row, slipwayPort), port: slipwayPort },
    { server: await mlserverOn(bench, row, mlserverPort), port: mlserverPort },
  ];
  const measured = servers.map((): Round[] => []);
  const answers: unknown[] = [];
  for (let round = 0; round < rounds; round += 1) {
    for (const [at, { server, port }] of servers.entries()) {
      process.stderr.write(`grpc: round ${round + 1}, ${server.title}\n`);
      await withServer(server, async ({ answer, memory, processorSeconds }) => {
        answers[at] = probabilities(answer);
        const settings = { protocol: 'grpc', port, paths: [METHOD], body, connections: 4, streams: 4 } as const;
        await warmUp(load, settings, 20_000, 5);
        const before = processorSeconds();
        const result = allGood(await load({ ...settings, seconds }));
        const microseconds = ((processorSeconds() - before) / result.good) * 1e6;
        measured[at]!.push({ ...result, microseconds, bytes: memory() });
      });
    }
  }
  if (JSON.stringify(answers[0]) !== JSON.stringify(answers[1]))
    throw new Error(`the answers differ: ${JSON.stringify(answers)}`);
  const middle = (at: number, pick: (round: Round) => number) => median(measured[at]!.map(pick));
  const speed = (at: number) => middle(at, (round) => round.requestsPerSecond);
  const rows = servers.map(({ server }, at) => [
    server.title,
    figure(speed(at)),
    figure(middle(at, (round) => round.p50Ms ?? Number.NaN)),
    figure(middle(at, (round) => round.p99Ms ?? Number.NaN)),
    figure(middle(at, (round) => round.microseconds)),
    megabytes(middle(at, (round) => round.bytes)),
    ...(at === 0 ? [] : [times(speed(0) / speed(at)), `≥ ${WANTED} ×`]),
  ]);
  const head = ['', 'calls/s', 'p50 ms', 'p99 ms', 'processor µs', 'resident', 'Slipway is', 'wanted'];
  process.stdout.write(`\ncancer: Open Inference Protocol over gRPC, one row\n${table(head, rows)}\n`);
}

function requestOf(row: readonly number[]) {
  return create(ModelInferRequestSchema, {
    modelName: 'cancer',
    inputs: [{ name: 'X', datatype: 'FP64', shape: [1n, BigInt(row.length)], contents: { fp64Contents: [...row] } }],
    outputs: [{ name: 'predict_proba' }],
  });
}

/** Over HTTP, to know that both are there and answer the same. */
function asked(row: readonly number[]): Pick<Server, 'path' | 'body'> {
  const inputs = [{ name: 'X', datatype: 'FP64', shape: [1, row.length], data: row }];
  return {
    path: '/v2/models/cancer/infer',
    body: JSON.stringify({ inputs, outputs: [{ name: 'predict_proba' }] }),
  };
}

/** To nine digits: the libraries sum in another order. */
function probabilities(answer: string): string[] {
  const { outputs } = JSON.parse(answer) as { outputs: { name: string; data: number[] }[] };
  return outputs
    .find(({ name }) => name === 'predict_proba')!
    .data.flat()
    .map((one) => one.toPrecision(9));
}

function slipwayOn(bench: Bench, row: readonly number[], grpcPort: number): Server {
  const model = join(bench.models, 'cancer.joblib');
  return {
    ...asked(row),
    title: 'Slipway',
    command: (port) => [...slipway, 'serve', model, '--port', String(port), '--grpc-port', String(grpcPort)],
  };
}

/** One process that computes by itself: the fastest that it can be on one core. */
async function mlserverOn(bench: Bench, row: readonly number[], grpcPort: number): Promise<Server> {
  const python = await pythonFor('mlserver');
  const metricsPort = await freePort();
  return {
    ...asked(row),
    title: 'MLServer',
    prepare: (home) => {
      mkdirSync(join(home, 'cancer'));
      const parameters = { uri: join(bench.models, 'cancer.joblib') };
      const model = { name: 'cancer', implementation: 'mlserver_sklearn.SKLearnModel', parameters };
      writeFileSync(join(home, 'cancer/model-settings.json'), JSON.stringify(model));
      return Promise.resolve({});
    },
    command: (_port, home) => [join(python, '../mlserver'), 'start', home],
    env: (port) => ({
      MLSERVER_HOST: '127.0.0.1',
      MLSERVER_HTTP_PORT: String(port),
      MLSERVER_GRPC_PORT: String(grpcPort),
      MLSERVER_METRICS_PORT: String(metricsPort),
      MLSERVER_PARALLEL_WORKERS: '0',
      MLSERVER_DEBUG: 'false',
    }),
  };
}
