import { forbidden, requiredValue } from '../field-errors.ts';
import type { Report } from '../report.ts';

/** Checks that exactly one of the fields is set. `report` is at the object of the fields. */
export function checkOne(
  fields: Readonly<Record<string, unknown>>,
  report: Report,
  messages: { readonly none: string; readonly many: string },
): void {
  const [first, ...others] = Object.keys(fields).filter((name) => fields[name] !== undefined);
  if (first === undefined) report.fault([], requiredValue(messages.none));
  for (const name of others) report.fault([name], forbidden(messages.many), 'key');
}
