import { Eta } from 'eta';
import { xmlLines } from '../xml.ts';
import { SCRIPT } from './script.ts';
import { STYLE } from './style.ts';
import { TEMPLATE } from './template.ts';

/** A pod as one page. Everything in it is text, and is escaped, but for the picture. */
export interface Page {
  readonly title: string;
  /** When and where, by what: one line. */
  readonly about: string;
  readonly facts: ReadonlyArray<{ readonly name: string; readonly value: string }>;
  /** An SVG, trusted: it escapes what it shows. */
  readonly picture: string;
  readonly matrix: {
    readonly kinds: readonly string[];
    readonly rows: ReadonlyArray<{
      readonly name: string;
      readonly pid: string;
      readonly cells: readonly PageCell[];
    }>;
  };
  readonly steps: readonly PageChapter[];
  /** A shell script that does the same. Undefined where it is better not shown: it has all that the pod was given. */
  readonly script: string | undefined;
}

export interface PageCell {
  readonly text: string;
  readonly same: 'own' | 'holder' | 'host' | 'none';
}

export interface PageChapter {
  readonly name: string;
  readonly about: string;
  readonly events: readonly PageEvent[];
}

export interface PageEvent {
  /** Milliseconds since the first of all. */
  readonly at: number;
  readonly took: number;
  readonly call: string;
  readonly result: string;
  readonly time: string;
  readonly failed: boolean;
  readonly lines: ReadonlyArray<{ readonly shell: string | undefined; readonly purpose: string | undefined }>;
  readonly evidence: readonly string[];
}

/** One self-contained HTML file: no network, light and dark, for the keyboard, a reader and a printer. */
export function pageHtml(page: Page): string {
  const all = page.steps.flatMap(({ events }) => events);
  const total = Math.max(1, ...all.map(({ at, took }) => at + took));
  const percent = (ms: number) => ((100 * ms) / total).toFixed(3);
  const eta = new Eta({
    autoEscape: true,
    escapeFunction: xmlLines,
    varName: 'page',
    autoTrim: ['nl', false],
  });
  return eta.renderString(TEMPLATE, { ...page, total, percent, style: STYLE, behaviour: SCRIPT });
}
