import type { LabScript } from '../../src/lab/lab.ts';
import type { LabText } from '../../src/lab/text/lab-text.ts';
import type { Words } from '../../src/lab/text/words.ts';

/** A sentence that is missing, or one that nobody asks for. */
export type Gap = string;

/** What a lab's text lacks, by the ids of its script, and what it has too much. */
export function gapsIn(script: LabScript, text: LabText, words: Words): Gap[] {
  const gaps: Gap[] = [];
  const want = (sentence: string | undefined, what: string) => {
    if (!sentence?.trim()) gaps.push(what);
  };
  for (const key of ['title', 'goal', 'drawing'] as const) want(text[key], key);
  for (const step of script.steps) {
    const said = text.steps[step.id];
    want(said?.goal, `${step.id}: goal`);
    want(said?.why, `${step.id}: why`);
    for (const { title } of Object.values(step.evidence)) want(words.tables[title], `table ${title}`);
    for (const { id, control, others = [] } of step.checks) {
      const { says, otherwise, symptom } = said?.checks[id] ?? {};
      want(says, `${id}: says`);
      for (const sentence of typeof otherwise === 'object' ? Object.values(otherwise) : [otherwise])
        want(sentence, `${id}: otherwise`);
      want(text.breaks[control.id]?.what, `${control.id}: what`);
      for (const each of others)
        for (const key of ['what', 'hint'] as const) want(text.breaks[each.id]?.[key], `${each.id}: ${key}`);
      if (!('breaks' in control)) continue;
      want(symptom, `${id}: symptom`);
      want(text.breaks[control.id]?.hint, `${control.id}: hint`);
    }
    for (const { id, choices } of step.predictions ?? []) {
      const { question, choices: labels } = said?.predictions?.[id] ?? {};
      want(question, `${id}: question`);
      for (const choice of choices)
        if (!/^\d+$/.test(choice)) want(labels?.[choice] ?? words.choices[choice], `${id}: ${choice}`);
    }
  }
  return [...gaps, ...surplus(script, text)];
}

function surplus({ steps }: LabScript, text: LabText): Gap[] {
  const asked = new Set([
    ...steps.map(({ id }) => id),
    ...steps.flatMap(({ checks }) =>
      checks.flatMap(({ id, control, others = [] }) => [id, control.id, ...others.map((each) => each.id)]),
    ),
    ...steps.flatMap(({ predictions = [] }) => predictions.map(({ id }) => id)),
  ]);
  const given = Object.entries(text.steps).flatMap(([id, { checks, predictions = {} }]) => [
    id,
    ...Object.keys(checks),
    ...Object.keys(predictions),
  ]);
  return [...given, ...Object.keys(text.breaks)]
    .filter((id) => !asked.has(id))
    .map((id) => `${id}: nobody asks for it`);
}

/** Every sentence of a text, with the path that leads to it. */
export function sentencesOf(text: object, path = ''): [path: string, sentence: string][] {
  return Object.entries(text)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([key, value]) =>
      typeof value === 'string'
        ? [[`${path}${key}`, value] as [string, string]]
        : sentencesOf(value, `${path}${key}.`),
    );
}
