import { Eta } from 'eta';
import { xmlLines } from '../xml.ts';
import { SCRIPT } from './script.ts';
import { STYLE } from './style.ts';
import { TEMPLATE } from './template.ts';
import { timeAxis } from './time-axis.ts';

/** The content of a pod's page. Every field is escaped, except `picture`. */
export interface Page {
  readonly title: string;
  /** One line about the origin of the page. */
  readonly about: string;
  readonly facts: ReadonlyArray<{ readonly name: string; readonly value: string }>;
  /** An SVG. Trusted: its renderer escapes every text. */
  readonly picture: string;
  readonly matrix: {
    readonly kinds: readonly string[];
    readonly rows: ReadonlyArray<{
      readonly name: string;
      readonly pid: string;
      readonly cells: readonly PageCell[];
    }>;
  };
  readonly steps: readonly PageStep[];
  /** A shell script that makes the same pod. Optional, because it contains the pod's secrets. */
  readonly script: string | undefined;
}

export interface PageCell {
  readonly text: string;
  readonly same: 'own' | 'holder' | 'host' | 'none';
}

export interface PageStep {
  readonly name: string;
  readonly about: string;
  readonly events: readonly PageEvent[];
}

export interface PageEvent {
  /** Milliseconds since the first event. */
  readonly at: number;
  readonly took: number;
  readonly call: string;
  readonly result: string;
  readonly time: string;
  readonly failed: boolean;
  readonly lines: ReadonlyArray<{ readonly shell: string | undefined; readonly purpose: string | undefined }>;
  readonly evidence: readonly string[];
}

/** Renders one self-contained HTML file: no external resources; light and dark; usable by keyboard, screen reader and printer. */
export function pageHtml(page: Page): string {
  const axis = timeAxis(page.steps.flatMap(({ events }) => events));
  const bar = ({ at, took }: PageEvent) => {
    const left = axis.position(at);
    return `left:${left.toFixed(3)}%;width:${(axis.position(at + took) - left).toFixed(3)}%`;
  };
  const eta = new Eta({
    autoEscape: true,
    escapeFunction: xmlLines,
    varName: 'page',
    autoTrim: ['nl', false],
  });
  return eta.renderString(TEMPLATE, { ...page, axis, bar, style: STYLE, behaviour: SCRIPT });
}
