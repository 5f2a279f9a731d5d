import type { Drill, DrillResult, Learner } from '../lab/drill.ts';
import { fill } from '../lab/text/fill.ts';
import type { Palette } from '../render/palette.ts';
import { plain } from '../render/plain.ts';
import { wrapped } from '../render/wrap.ts';
import type { Terminal } from './terminal-prompts.ts';

/** A learner at a terminal, who diagnoses and repairs a fault. */
export function openTerminalLearner(terminal: Terminal, screen: Screen): Learner {
  const { drill: words } = terminal.words;
  const { colors } = screen;
  const { bold, dim, red, green, yellow } = colors;
  const line = (text: string) => screen.write(`${wrapped(text, screen.columns())}\n`);
  return {
    showSymptoms({ lab, choices }, _, symptoms) {
      line(bold(lab.title));
      // Never folded: its lines hang together.
      screen.write(`${dim(lab.drawing.replace(/^\n|\n\s*$/g, ''))}\n`);
      line(words.begins);
      for (const symptom of symptoms) line(`  ${red('-')} ${plain(symptom)}`);
      line(terminal.lookAround());
      line('');
      line(words.which);
      for (const [at, { what }] of choices.entries()) line(`  ${bold(String(at + 1))}  ${plain(what)}`);
    },
    async diagnose({ choices }) {
      const last = choices.length;
      const refuses = (said: string) =>
        said === '?' || said === 'out' || choiceOf(choices, said)
          ? undefined
          : fill(words.notAnAnswer, { last });
      const said = await terminal.line(fill(words.answerWith, { last }), `1 … ${last}`, refuses);
      if (said === '?') return 'hint';
      return choiceOf(choices, said);
    },
    async repair() {
      const refuses = (said: string) => (['', '?', 'out'].includes(said) ? undefined : words.repair);
      const said = await terminal.line(words.repair, words.enter, refuses);
      if (said === '?') return 'hint';
      return said === 'out' ? undefined : 'done';
    },
    showWrong: ({ what }) => line(red(fill(words.wrong, { what: plain(what) }))),
    showRight: (what) => line(green(what === 'diagnosis' ? words.right : words.repaired)),
    showNotYet(symptoms) {
      for (const symptom of symptoms) line(red(fill(words.notYet, { symptom: plain(symptom) })));
    },
    showHint: (hint) =>
      line(yellow(hint === undefined ? words.noMoreHints : fill(words.hint, { hint: plain(hint) }))),
    showAnswer: ({ what }, cures) =>
      line(yellow(fill(words.givenUp, { what: plain(what), cures: plain(cures.join(' ; ')) }))),
  };
}

/** Where a drill is printed. */
interface Screen {
  write(text: string): void;
  readonly colors: Palette;
  columns(): number;
}

/** The last line of a drill. */
export function scoreLine(terminal: Terminal, result: DrillResult): string {
  const { score, of, wrong, hints, vain } = result;
  return fill(terminal.words.drill.score, { score, of, wrong, hints, vain });
}

function choiceOf(choices: Drill['choices'], said: string): Drill['choices'][number] | undefined {
  return /^\d{1,2}$/.test(said) ? choices[Number(said) - 1] : undefined;
}
