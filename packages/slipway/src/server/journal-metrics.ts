import type { FeedbackStore, RequestLog, Summary } from '../journal/index.ts';
import { labelText, type Family, type Metrics } from '../telemetry/index.ts';

const counted = { type: 'counter' } as const;

/** Adds what feedback and the request log tell at each scrape. */
export function addJournalMetrics(
  metrics: Metrics,
  feedback: Pick<FeedbackStore, 'summary'> | undefined,
  requestLog: Pick<RequestLog, 'counts' | 'segmentCounts'> | undefined,
): void {
  if (feedback) metrics.add(() => feedbackFamilies(feedback.summary));
  if (!requestLog) return;
  const { counts, segmentCounts } = requestLog;
  metrics.gauge(
    'slipway_request_log_rows_total',
    'Rows of the request log: kept, dropped because too many waited, failed to be written.',
    () => [
      [{ result: 'kept' }, counts.rows],
      [{ result: 'dropped' }, counts.dropped],
      [{ result: 'failed' }, counts.failed],
    ],
    counted,
  );
  metrics.gauge(
    'slipway_request_log_segments_total',
    'Segments of the request log that were sealed, and that were deleted for space.',
    () => [
      [{ result: 'sealed' }, segmentCounts.sealed],
      [{ result: 'deleted' }, segmentCounts.deleted],
    ],
    counted,
  );
}

/** All processes read the same database: the figures are not added up. */
function feedbackFamilies({ versions, pending }: Summary): Family[] {
  const labelled = versions.map(({ model, version, ...score }) => ({
    labels: labelText({ model, ...(version === null ? {} : { version: String(version) }) }),
    score,
  }));
  const family = (
    name: string,
    help: string,
    type: Family['type'],
    value: (score: (typeof labelled)[number]['score']) => number | null,
  ): Family => ({
    name,
    help,
    type,
    merge: 'max',
    samples: labelled.flatMap(({ labels, score }) => {
      const found = value(score);
      return found === null ? [] : [['', labels, found] as const];
    }),
  });
  return [
    family(
      'slipway_feedback_total',
      'Outcomes that were joined with their prediction.',
      'counter',
      ({ count }) => count,
    ),
    family(
      'slipway_feedback_correct_total',
      'Outcomes that the prediction agreed with.',
      'counter',
      ({ correct }) => correct,
    ),
    family(
      'slipway_feedback_accuracy',
      'Share of outcomes that the prediction agreed with, since the beginning.',
      'gauge',
      ({ accuracy }) => accuracy,
    ),
    {
      name: 'slipway_feedback_absolute_error',
      help: 'Distance of outcomes from their prediction; several targets count with their mean.',
      type: 'summary',
      merge: 'max',
      samples: labelled.flatMap(({ labels, score }) =>
        score.absolute_error_sum === null
          ? []
          : [['_sum', labels, score.absolute_error_sum] as const, ['_count', labels, score.count] as const],
      ),
    },
    {
      name: 'slipway_feedback_pending',
      help: 'Outcomes that wait for their request.',
      type: 'gauge',
      merge: 'max',
      samples: [['', '', pending]],
    },
  ];
}
