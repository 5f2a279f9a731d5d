import { show } from '../field-errors.ts';
import type { PodFields } from '../kinds/pod.ts';
import type { Path } from '../node.ts';
import type { Report } from '../report.ts';

/** Reports a NUL in any string of a pod: programs and paths end at it. `report` is at the spec. */
export function checkNuls(spec: PodFields, report: Report): void {
  visit(spec, [], (path, text) => {
    if (text.includes('\0'))
      report.fault(path, `Invalid value: ${show(text)}: a program and a path end at a NUL`);
  });
}

function visit(value: unknown, path: Path, found: (path: Path, text: string) => void): void {
  if (typeof value === 'string') found(path, value);
  else if (typeof value === 'object' && value !== null)
    for (const [key, inner] of Object.entries(value))
      visit(inner, [...path, Array.isArray(value) ? Number(key) : key], found);
}
