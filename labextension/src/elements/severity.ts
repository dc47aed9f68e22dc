import { SEVERITIES } from '../histogram';
import type { Severity } from '../wire';

/**
 * The class that colours a severity.
 *
 * Never made from the value itself: that may have come from anywhere.
 */
export function severityClass(severity: Severity): string {
  return SEVERITIES.includes(severity) ? CLASSES[severity] : CLASSES.Unknown;
}

const CLASSES: Readonly<Record<Severity, string>> = {
  High: 'jp-mod-high',
  Medium: 'jp-mod-medium',
  Low: 'jp-mod-low',
  Informational: 'jp-mod-informational',
  Unknown: 'jp-mod-unknown'
};
