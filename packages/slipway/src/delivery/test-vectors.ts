import { goldensOf, type Golden, type Package } from '@slipway/core/package';
import { answerOutputs, bindAnswers, type Answer } from '@slipway/core/signature';

export { answerDifference } from '@slipway/edge';

/** A row and what every executor, wire and host must answer to it. */
export interface TestVector {
  readonly row: unknown;
  readonly answer: Answer;
  readonly kind: Golden['kind'];
  readonly tolerance: Golden['tolerance'];
}

/** The goldens of a package as rows and answers; `most` of them, spread over all. */
export function testVectors(pkg: Package, most = Infinity): TestVector[] {
  const { signature } = pkg.manifest;
  const shown = answerOutputs(signature);
  return spread(goldensOf(pkg), most).map(({ row, outputs, kind, tolerance }) => {
    const tensors = Object.fromEntries(Object.entries(outputs).filter(([name]) => shown.includes(name)));
    return { row, answer: bindAnswers(signature, tensors).value(0), kind, tolerance };
  });
}

/** At most so many of the items, from all parts of the list. */
export function spread<T>(items: readonly T[], most: number): T[] {
  const every = Math.max(1, items.length / Math.max(1, most));
  return items.filter((_, i) => Math.floor(i / every) !== Math.floor((i - 1) / every));
}
