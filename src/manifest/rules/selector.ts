import { forbidden, invalidValue, requiredValue } from '../field-errors.ts';
import type { SelectorFields } from '../kinds/meta.ts';
import { formatFault } from '../patterns.ts';
import type { Report } from '../report.ts';

/** Reports what the API server refuses in a label selector. apimachinery/pkg/apis/meta/v1/validation/validation.go */
export function checkSelector(
  { matchLabels = {}, matchExpressions = [] }: SelectorFields,
  report: Report,
): void {
  for (const [key, value] of Object.entries(matchLabels)) {
    reportInvalid(formatFault('labelKey', key), key, report.at('matchLabels', key));
    reportInvalid(formatFault('labelValue', value), value, report.at('matchLabels', key));
  }
  for (const [index, { key, operator, values = [] }] of matchExpressions.entries()) {
    const at = report.at('matchExpressions', index);
    reportInvalid(formatFault('labelKey', key), key, at.at('key'));
    for (const [number, value] of values.entries())
      reportInvalid(formatFault('labelValue', value), value, at.at('values', number));
    const wantsValues = operator === 'In' || operator === 'NotIn';
    if (wantsValues && values.length === 0) {
      at.fault(['values'], requiredValue("must be specified when `operator` is 'In' or 'NotIn'"));
    }
    if (!wantsValues && values.length > 0) {
      at.fault(
        ['values'],
        forbidden("may not be specified when `operator` is 'Exists' or 'DoesNotExist'"),
        'key',
      );
    }
  }
}

function reportInvalid(wrong: string | undefined, value: unknown, report: Report): void {
  if (wrong) report.fault([], invalidValue(value, wrong));
}
