import { reportOf, type Package } from '@slipway/core/package';

/** What a package is in short, for lists of versions. */
export function summaryOf(pkg: Package): Record<string, unknown> {
  const { manifest } = pkg;
  const report = reportOf(pkg);
  const steps = report['steps'];
  const warnings = report['warnings'];
  return {
    what: manifest.source.what,
    task: manifest.task,
    library: manifest.source.library,
    columns: manifest.signature.columns.length,
    steps: Array.isArray(steps) ? steps.length : 0,
    warnings: Array.isArray(warnings) ? warnings.length : 0,
    goldens: manifest.goldens.kind,
  };
}
