import type {
  Break,
  BreakScript,
  Check,
  CheckScript,
  Fault,
  FaultScript,
  Lab,
  LabScript,
  Prediction,
  PredictionScript,
  Step,
  StepScript,
} from '../lab.ts';
import { fill } from './fill.ts';
import type { LabText, StepText } from './lab-text.ts';
import type { Words } from './words.ts';

/** Joins a lab's script with its text. A missing sentence is an error of the lab. */
export function localize(script: LabScript, text: LabText, words: Words): Lab {
  const { title, goal, drawing } = text;
  return { ...script, title, goal, drawing, steps: script.steps.map((step) => stepOf(step, text, words)) };
}

function stepOf(step: StepScript, text: LabText, words: Words): Step {
  const said = found(text.steps[step.id], step.id);
  const tables = Object.entries(step.evidence).map(
    ([id, { title, about = {}, read }]) =>
      [id, { title: fill(found(words.tables[title], title), about), read }] as const,
  );
  return {
    id: step.id,
    action: step.action,
    goal: said.goal,
    why: said.why,
    evidence: Object.fromEntries(tables),
    checks: step.checks.map((check) => checkOf(check, said, text, words)),
    predictions: (step.predictions ?? []).map((each) => predictionOf(each, said, words)),
  };
}

function checkOf(check: CheckScript, { checks }: StepText, { breaks }: LabText, words: Words): Check {
  const { id, control, others = [] } = check;
  const { says, otherwise, symptom } = found(checks[id], id);
  return {
    id,
    says,
    symptom: symptom ?? fill(words.noLonger, { says }),
    control: breakOf(control, found(breaks[control.id], control.id)),
    others: others.map((each) => faultOf(each, found(breaks[each.id], each.id))),
    fault(evidence) {
      const finding = check.finds(evidence);
      if (finding === undefined) return undefined;
      const { reason = '', ...values } = finding;
      const sentence =
        typeof otherwise === 'string' ? otherwise : found(otherwise[reason], `${id}: ${reason}`);
      return fill(sentence, values);
    },
  };
}

function breakOf(control: BreakScript, text: LabText['breaks'][string]): Break {
  return 'breaks' in control ? faultOf(control, text) : { ...control, what: text.what };
}

function faultOf(fault: FaultScript, { what, hint = '' }: LabText['breaks'][string]): Fault {
  return { ...fault, what, hint };
}

function predictionOf(each: PredictionScript, { predictions }: StepText, words: Words): Prediction {
  const { question, choices } = found(predictions?.[each.id], each.id);
  return {
    ...each,
    question,
    label: (choice) => choices?.[choice] ?? words.choices[choice] ?? choice,
  };
}

function found<T>(text: T | undefined, id: string): T {
  if (text === undefined) throw new Error(`the text of a lab lacks "${id}"`);
  return text;
}
