import { Eta } from 'eta';
import { xmlLines } from '../xml.ts';
import { STYLE } from './style.ts';
import { TEMPLATE } from './template.ts';

/** A lab on paper: for a learner with empty boxes, for a teacher with the answers. Every field is escaped. */
export interface LabSheet {
  /** BCP 47: hyphenation and fonts. */
  readonly language: string;
  /** `Worksheet`, `Teacher's copy`. */
  readonly kind: string;
  readonly number: string;
  readonly title: string;
  readonly goal: string;
  readonly drawing: string;
  readonly command: string;
  readonly words: SheetWords;
  readonly steps: readonly SheetStep[];
  /** For the teacher's copy. */
  readonly answers?: {
    /** Where and when the answers were read, or why they were not. */
    readonly measured: string;
    readonly faults: ReadonlyArray<{
      readonly what: string;
      readonly hint: string;
      readonly cures: readonly string[];
    }>;
  };
}

export interface SheetWords {
  readonly name: string;
  readonly date: string;
  readonly goal: string;
  readonly run: string;
  readonly predict: string;
  readonly watch: string;
  readonly yourWhy: string;
  readonly why: string;
  readonly faults: string;
  /** In a table without rows. */
  readonly none: string;
}

export interface SheetStep {
  readonly goal: string;
  readonly predictions: readonly SheetQuestion[];
  readonly checks: readonly string[];
  /** For the teacher's copy. */
  readonly answers?: {
    readonly why: string;
    /** Shell commands; one may have several lines. */
    readonly lines: readonly string[];
    readonly tables: readonly SheetTable[];
  };
}

interface SheetQuestion {
  readonly question: string;
  readonly choices: readonly string[];
  /** For the teacher's copy. */
  readonly answer?: string | undefined;
}

interface SheetTable {
  readonly title: string;
  readonly heads: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** Renders one self-contained HTML file for A4 and Letter. */
export function sheetHtml(sheet: LabSheet): string {
  const eta = new Eta({
    autoEscape: true,
    escapeFunction: xmlLines,
    varName: 'sheet',
    autoTrim: ['nl', false],
  });
  return eta.renderString(TEMPLATE, { ...sheet, style: STYLE });
}
