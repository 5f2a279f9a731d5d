import {
  BOOLEAN,
  either,
  fields,
  INTEGER,
  list,
  NUMBER,
  nullable,
  record,
  STRING,
  STRINGS,
  words,
} from './schema.ts';

// The documents of `lab` and `compare`.

export const LAB_SUMMARY = fields({
  name: STRING,
  title: STRING,
  goal: STRING,
  steps: INTEGER,
  faults: INTEGER,
  whyNot: nullable(STRING),
});

const CELL = nullable(either(STRING, NUMBER, BOOLEAN));

const STEP = fields({
  id: STRING,
  goal: STRING,
  why: STRING,
  calls: list(
    fields({ call: STRING, lines: list(fields({}, { shell: STRING, purpose: STRING, evidence: STRING })) }),
  ),
  evidence: record(list(record(CELL))),
  checks: list(fields({ id: STRING, says: STRING, holds: BOOLEAN }, { fault: STRING })),
  predictions: list(
    fields({ id: STRING, question: STRING, choices: STRINGS, answer: STRING }, { guess: STRING }),
  ),
});

const SCORE = fields({ points: INTEGER, of: INTEGER });

/** A lab that cannot run here has only the reason. */
export const LAB_REPORT = either(
  fields({
    ...{ kind: { const: 'LabReport' }, lab: STRING, steps: list(STEP), failed: INTEGER },
    ...{ left: BOOLEAN, score: SCORE, tries: INTEGER, seconds: NUMBER },
  }),
  fields({ kind: { const: 'LabReport' }, lab: STRING, skipped: STRING }),
);

export const DRILL_REPORT = {
  ...{ lab: STRING, fault: STRING, seed: INTEGER, passed: BOOLEAN, score: SCORE },
  ...{ wrong: INTEGER, hints: INTEGER, vain: INTEGER, tries: INTEGER, seconds: NUMBER },
};

const GRADE = { points: INTEGER, of: INTEGER, tries: INTEGER, seconds: NUMBER };
export const LAB_GRADES = {
  items: list(
    fields({ learner: STRING, ...GRADE, labs: record(fields(GRADE)), drills: record(fields(GRADE)) }),
  ),
  unreadable: STRINGS,
};

const VERDICT = words('same', 'on purpose', 'different');
const REASON = fields({ why: STRING, source: STRING });

/** The required fields, and the others. */
export const COMPARISON = [
  {
    theirs: STRING,
    rows: list(
      fields(
        { fact: STRING, asks: STRING, by: STRING, theirs: STRING, ours: STRING, verdict: VERDICT },
        { reason: REASON },
      ),
    ),
    figures: fields({ theirs: record(NUMBER), ours: record(NUMBER) }),
  },
  { commands: STRINGS, leftOut: STRINGS },
] as const;

const SHARING = record(words('joined', 'host', 'own', 'own, a copy'));

export const MODES = {
  theirs: STRING,
  modes: list(
    fields({
      words: STRINGS,
      theirs: either(fields({ sharing: SHARING }), fields({ refused: STRING })),
      ours: nullable(SHARING),
      verdict: nullable(VERDICT),
      differences: list(fields({ kind: STRING, why: nullable(STRING) })),
    }),
  ),
};
