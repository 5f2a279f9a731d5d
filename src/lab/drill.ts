import type { Fault, Lab } from './lab.ts';
import type { LabSession } from './lab-session.ts';
import { checksOf, symptoms } from './negative-control.ts';
import { runLines } from './run-lines.ts';

/** A lab with one injected fault. */
export interface Drill {
  readonly lab: Lab;
  readonly fault: Fault;
  /** Faults of several labs, including this one, in no order: the possible answers. */
  readonly choices: readonly Fault[];
}

/** Diagnoses and repairs the fault: a user at a terminal, or a test. */
export interface Learner {
  /** Shows what is noticed: it names no cause. */
  showSymptoms(drill: Drill, session: LabSession, symptoms: readonly string[]): void;
  /** Returns the suspected fault, or asks for a hint; undefined gives up. */
  diagnose(drill: Drill): Promise<Fault | 'hint' | undefined>;
  /** `done`: the fault is repaired and can be checked. */
  repair(drill: Drill, session: LabSession): Promise<'done' | 'hint' | undefined>;
  showWrong(named: Fault): void;
  showRight(what: 'diagnosis' | 'repair'): void;
  /** What is still noticed after a repair. */
  showNotYet(symptoms: readonly string[]): void;
  /** Undefined: there is no further one. */
  showHint(hint: string | undefined): void;
  /** The fault and its repair, for a learner who gave up. */
  showAnswer(fault: Fault, cures: readonly string[]): void;
}

/** How a drill went. */
export interface DrillResult {
  readonly passed: boolean;
  readonly score: number;
  readonly of: number;
  /** Wrong diagnoses, hints, and repairs that mended nothing. */
  readonly wrong: number;
  readonly hints: number;
  readonly vain: number;
  /** Diagnoses and repairs, right ones included. */
  readonly tries: number;
}

/** Ten points at first; a wrong diagnosis costs two, a hint and a vain repair one. */
const POINTS = 10;
const WRONG = 2;

/** A drill offers so many diagnoses. */
const CHOICES = 8;
/** So many of them, at most, are of the lab itself: the others are of other labs. The whole stack has enough of its own. */
const OWN = 5;

/** The faults that can be injected into a lab, without duplicates. */
export function faultsOf(lab: Lab): Fault[] {
  return distinct(checksOf(lab).flatMap(({ check: { control } }) => ('breaks' in control ? [control] : [])));
}

/** Chooses one fault of these labs, and other diagnoses from all labs. The same seed chooses the same. */
export function chooseDrill(
  labs: readonly Lab[],
  seed: number,
  all: readonly Lab[] = labs,
): Drill | undefined {
  const possible = labs.flatMap((lab) => faultsOf(lab).map((fault) => ({ lab, fault })));
  const chosen = possible[seed % possible.length];
  if (!chosen) return undefined;
  const { lab, fault } = chosen;
  const random = numbersFrom(seed);
  const theirs = faultsOf(lab);
  const own = shuffled(theirs, random).slice(0, theirs.length > CHOICES ? CHOICES : OWN);
  const others = shuffled(distinct(all.filter((each) => each !== lab).flatMap(faultsOf)), random);
  const near = shuffled(alike(lab, fault), random).slice(0, OWN);
  const choices = distinct([fault, ...near, ...own, ...others]).slice(0, CHOICES);
  return { lab, fault, choices: shuffled(choices, random) };
}

/** The faults that the same checks notice: they are the hardest to tell from it. */
function alike(lab: Lab, { id }: Fault): Fault[] {
  const all = checksOf(lab).flatMap(({ check }) =>
    'breaks' in check.control ? [{ check: check.id, fault: check.control }] : [],
  );
  const noticing = new Set(all.filter((each) => each.fault.id === id).map(({ check }) => check));
  return distinct(all.filter(({ check }) => noticing.has(check)).map((each) => each.fault));
}

function distinct(faults: readonly Fault[]): Fault[] {
  return faults.filter(({ id }, index) => faults.findIndex((other) => other.id === id) === index);
}

/** Fisher and Yates. */
function shuffled<T>(items: readonly T[], random: () => number): T[] {
  const result = [...items];
  for (let last = result.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    [result[last], result[other]] = [result[other] as T, result[last] as T];
  }
  return result;
}

/** Numbers from 0 to 1, the same for the same seed: a linear congruential generator (Numerical Recipes). */
function numbersFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Runs the lab, injects the fault and lets the learner find and repair it. The session undoes all. */
export async function runDrill(drill: Drill, session: LabSession, learner: Learner): Promise<DrillResult> {
  const { lab, fault } = drill;
  for (const step of lab.steps) await step.action(session);
  // A check of an earlier step that a later step has undone fails already: it is no symptom.
  const failedBefore = new Set((await symptoms(lab, session)).map(({ check }) => check.id));
  const now = async () => (await symptoms(lab, session)).filter(({ check }) => !failedBefore.has(check.id));
  await runLines(fault.breaks(session));
  const noticed = await now();
  learner.showSymptoms(drill, session, symptomsIn(noticed));
  const hints = [fault.hint, ...noticed.map((each) => each.fault)];
  const exam = new Exam(drill, session, learner, hints, async () => symptomsIn(await now()));
  const passed = (await exam.diagnose()) && (await exam.repair());
  if (!passed) learner.showAnswer(fault, fault.cures(session));
  return exam.result(passed);
}

function symptomsIn(failing: Awaited<ReturnType<typeof symptoms>>): string[] {
  return [...new Set(failing.map(({ check }) => check.symptom))];
}

/** Asks until the answers are right, and counts. */
class Exam {
  readonly #drill: Drill;
  readonly #session: LabSession;
  readonly #learner: Learner;
  readonly #hints: readonly string[];
  readonly #noticed: () => Promise<readonly string[]>;
  #counts = { wrong: 0, hints: 0, vain: 0, tries: 0 };

  constructor(
    drill: Drill,
    session: LabSession,
    learner: Learner,
    hints: readonly string[],
    noticed: () => Promise<readonly string[]>,
  ) {
    this.#drill = drill;
    this.#session = session;
    this.#learner = learner;
    this.#hints = hints;
    this.#noticed = noticed;
  }

  /** False: given up. */
  async diagnose(): Promise<boolean> {
    for (;;) {
      const named = await this.#session.interrupts.race(this.#learner.diagnose(this.#drill));
      if (named === undefined) return false;
      if (named === 'hint') this.#hint();
      else if (this.#isRight(named)) return true;
    }
  }

  async repair(): Promise<boolean> {
    for (;;) {
      const said = await this.#session.interrupts.race(this.#learner.repair(this.#drill, this.#session));
      if (said === undefined) return false;
      if (said === 'hint') this.#hint();
      else if (await this.#isRepaired()) return true;
    }
  }

  result(passed: boolean): DrillResult {
    const { wrong, hints, vain } = this.#counts;
    const score = passed ? Math.max(0, POINTS - WRONG * wrong - hints - vain) : 0;
    return { passed, score, of: POINTS, ...this.#counts };
  }

  #isRight(named: Fault): boolean {
    this.#counts.tries++;
    const right = named.id === this.#drill.fault.id;
    if (right) this.#learner.showRight('diagnosis');
    else {
      this.#counts.wrong++;
      this.#learner.showWrong(named);
    }
    return right;
  }

  async #isRepaired(): Promise<boolean> {
    this.#counts.tries++;
    const left = await this.#noticed();
    if (left.length === 0) this.#learner.showRight('repair');
    else {
      this.#counts.vain++;
      this.#learner.showNotYet(left);
    }
    return left.length === 0;
  }

  #hint(): void {
    const hint = this.#hints[this.#counts.hints];
    if (hint !== undefined) this.#counts.hints++;
    this.#learner.showHint(hint);
  }
}
