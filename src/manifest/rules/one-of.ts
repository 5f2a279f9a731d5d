import type { Report } from '../report.ts';
import { forbidden, requiredValue } from '../wording.ts';

/** Exactly one of several fields must be there. `report` is at what they are a part of. */
export function checkOne(
  fields: Readonly<Record<string, unknown>>,
  report: Report,
  say: { readonly none: string; readonly many: string },
): void {
  const [first, ...others] = Object.keys(fields).filter((name) => fields[name] !== undefined);
  if (first === undefined) report.fault([], requiredValue(say.none));
  for (const name of others) report.fault([name], forbidden(say.many), 'key');
}
