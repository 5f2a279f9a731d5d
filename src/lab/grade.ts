import * as z from 'zod/mini';

/** What one learner has reached in one lab or one drill: the best score of all tries, and all their time. */
export interface Grade {
  readonly points: number;
  readonly of: number;
  readonly tries: number;
  readonly seconds: number;
}

export interface LearnerGrades extends Grade {
  readonly learner: string;
  readonly labs: Readonly<Record<string, Grade>>;
  readonly drills: Readonly<Record<string, Grade>>;
}

const COUNT = z.number().check(z.int(), z.nonnegative());
const NAME = z.string().check(z.maxLength(100));
const RESULT = {
  lab: NAME,
  score: z.object({ points: COUNT, of: COUNT }),
  tries: COUNT,
  seconds: z.number().check(z.nonnegative()),
};
const LAB = z.union([
  z.object({ ...RESULT, kind: z.literal('LabReport') }),
  z.object({ kind: z.literal('LabReport'), lab: NAME, skipped: z.string() }),
]);
const FILE = z.union([
  z.object({ kind: z.literal('LabReportList'), items: z.array(LAB) }),
  z.object({ ...RESULT, kind: z.literal('DrillReport'), seed: COUNT }),
]);

/** What a result file says. */
export type Results = z.infer<typeof FILE>;

/** Reads a result file of `lab run -o json` or `lab drill -o json`. Undefined: it is none. */
export function readResults(text: string): Results | undefined {
  try {
    const { data } = FILE.safeParse(JSON.parse(text));
    return data && hasSenseOf(data) ? data : undefined;
  } catch {
    return undefined;
  }
}

/** A result has at most the points that there are. */
function hasSenseOf(results: Results): boolean {
  const all = results.kind === 'DrillReport' ? [results] : results.items;
  return all.every((each) => 'skipped' in each || each.score.points <= each.score.of);
}

/** Adds up a class: one row for each learner, in order of their names. */
export function gradeClass(files: ReadonlyArray<readonly [learner: string, Results]>): LearnerGrades[] {
  const names = [...new Set(files.map(([learner]) => learner))].sort();
  return names.map((learner) => {
    const own = files.filter(([name]) => name === learner).map(([, results]) => results);
    const labs = best(own.flatMap((each) => (each.kind === 'LabReportList' ? each.items : [])));
    // Two drills of one lab are two: the seed says which fault it was.
    const drills = best(
      own.flatMap((each) =>
        each.kind === 'DrillReport' ? [{ ...each, lab: `${each.lab} ${each.seed}` }] : [],
      ),
    );
    return { learner, labs, drills, ...sum([...Object.values(labs), ...Object.values(drills)]) };
  });
}

type LabResult = z.infer<typeof LAB>;

function best(
  results: readonly (LabResult | (Grade & { lab: string }) | Extract<Results, { kind: 'DrillReport' }>)[],
) {
  const grades = new Map<string, Grade>();
  for (const each of results) {
    if (!('score' in each)) continue;
    const { lab, score, tries, seconds } = each;
    const before = grades.get(lab) ?? { points: 0, of: 0, tries: 0, seconds: 0 };
    const better = score.of > 0 && score.points >= before.points ? score : before;
    grades.set(lab, {
      points: better.points,
      of: better.of,
      tries: before.tries + tries,
      seconds: before.seconds + seconds,
    });
  }
  return Object.fromEntries(grades);
}

/** All grades together. */
export function sum(grades: readonly Grade[]): Grade {
  const total = (of: (grade: Grade) => number) => grades.reduce((so, grade) => so + of(grade), 0);
  return {
    points: total(({ points }) => points),
    of: total(({ of }) => of),
    tries: total(({ tries }) => tries),
    seconds: Math.round(total(({ seconds }) => seconds) * 1000) / 1000,
  };
}
