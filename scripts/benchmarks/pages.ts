import { report } from './report.ts';
import type { Results } from './results.ts';
import { withSection } from './sections.ts';
import { summary } from './summary.ts';

/** The documents that show the figures, by path: as they should read with these figures. `read` gives them as they are. */
export function pages(results: Results, read: (path: string) => string): ReadonlyMap<string, string> {
  return new Map([
    [TABLES, withSection(read(TABLES), 'bench', report(results))],
    [FRONT, withSection(read(FRONT), 'figures', summary(results))],
  ]);
}

const TABLES = 'scripts/benchmarks/README.md';
const FRONT = 'README.md';
