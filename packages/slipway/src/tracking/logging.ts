import type { Call } from '@slipway/core/protocols';
import { checkRunId, invalid, pythonRepr, readRequest } from '../mlflow-api/index.ts';
import type { Tracking } from './context.ts';
import { isParamConflict, paramConflict, paramStatements, tagStatements, writeToRun } from './run-store.ts';
import { fieldsPresent, metricMessage, pairMessage, readMetric, readParam, readTag, type Pair } from './values.ts';
import { metricStatements } from './write-metrics.ts';

const MOST_METRICS = 1000;
const MOST_PAIRS = 100;
const MOST_ENTITIES = 1000;
const needsRun = { run_id: ['required', 'string'] } as const;

/** Handlers that log metrics and parameters. */
export function loggingHandlers(tracking: Tracking) {
  return {
    async logMetric(call: Call) {
      const message = { ...metricMessage, run_uuid: 'string' } as const;
      const checks = {
        ...needsRun,
        key: ['required', 'string'],
        value: ['required', 'floatlike'],
        timestamp: ['intlike', 'required'],
        step: ['intlike'],
        model_id: ['string'],
        dataset_name: ['string'],
        dataset_digest: ['string'],
      } as const;
      const given = readRequest(call, message, checks);
      const runId = given.run_id || given.run_uuid || '';
      await writeToRun(tracking, runId, metricStatements(runId, [readMetric(given, '')]));
      return {};
    },

    async logParam(call: Call) {
      const message = { run_id: 'string', run_uuid: 'string', key: 'string', value: 'string' } as const;
      const checks = { ...needsRun, key: ['required', 'string'], value: ['string'] } as const;
      const given = readRequest(call, message, checks);
      const runId = given.run_id || given.run_uuid || '';
      const params = [readParam(given)];
      await writeParams(runId, params, true, []);
      return {};
    },

    async logBatch(call: Call) {
      const message = {
        run_id: 'string',
        metrics: { repeated: { message: metricMessage } },
        params: { repeated: { message: pairMessage } },
        tags: { repeated: { message: pairMessage } },
      } as const;
      const checks = {
        run_id: ['string', 'required'],
        metrics: ['array', fieldsPresent('metrics', 'key', 'value', 'timestamp')],
        params: ['array', fieldsPresent('params', 'key')],
        tags: ['array', fieldsPresent('tags', 'key')],
      } as const;
      const { run_id: runId = '', metrics = [], params = [], tags = [] } = readRequest(call, message, checks);
      checkRunId(runId);
      const logged = metrics.map((metric, i) => readMetric(metric, `metrics[${i}]`));
      const set = params.map((param, i) => readParam(param, `params[${i}]`));
      const tagged = tags.map((tag, i) => readTag(tag, `tags[${i}]`));
      checkCount('metrics', MOST_METRICS, logged.length);
      checkCount('params', MOST_PAIRS, set.length);
      checkCount('tags', MOST_PAIRS, tagged.length);
      checkCount('metrics, params, and tags', MOST_ENTITIES, logged.length + set.length + tagged.length);
      checkUnique(set);
      await writeParams(runId, set, false, [...metricStatements(runId, logged), ...tagStatements(runId, tagged)]);
      return {};
    },
  };

  async function writeParams(
    runId: string,
    params: readonly Pair[],
    isSingle: boolean,
    more: ReturnType<typeof metricStatements>,
  ): Promise<void> {
    try {
      await writeToRun(tracking, runId, [...paramStatements(runId, params), ...more]);
    } catch (error) {
      throw isParamConflict(error) ? await paramConflict(tracking, runId, params, isSingle) : error;
    }
  }
}

function checkCount(what: string, limit: number, count: number): void {
  if (count > limit)
    throw invalid(
      `A batch logging request can contain at most ${limit} ${what}. Got ${count} ${what}. Please split up ${what} across multiple requests and try again.`,
    );
}

function checkUnique(params: readonly Pair[]): void {
  const seen = new Set<string>();
  const twice = params.filter(({ key }) => seen.size === seen.add(key).size).map(({ key }) => pythonRepr(key));
  if (twice.length > 0)
    throw invalid(
      `Duplicate parameter keys have been submitted: [${twice.join(', ')}]. Please ensure the request contains only one param value per param key.`,
    );
}
