import { cancel, isCancel, select, text } from '@clack/prompts';
import type { Learner } from '../lab/drill.ts';
import type { LabSession } from '../lab/lab-session.ts';
import type { Prompter } from '../lab/run-lab.ts';
import type { Palette } from '../render/palette.ts';
import { plain } from '../render/plain.ts';

/** Prompts at a terminal: continue, go back or leave after each step, and predictions before it. */
export function openTerminalPrompter(session: LabSession): Prompter {
  return {
    async begin() {
      const answer = await select({ message: 'Start?', options: [GO, QUIT] });
      return answer === 'go';
    },
    async next(number, of) {
      const label =
        number > 1
          ? 'back: undo this step and the previous one, and run that one again'
          : 'again: undo this step and run it again';
      const last = { value: 'go' as const, label: 'end: undo everything' };
      const message = `Look around in another terminal: ${plain(lookAroundCommands(session))}`;
      const options =
        number === of
          ? [last, { value: 'back' as const, label }]
          : [GO, { value: 'back' as const, label }, QUIT];
      const answer = await select({ message, options });
      return isCancel(answer) ? 'out' : answer;
    },
    async guess({ question, choices }) {
      const answer = await select({
        message: plain(question),
        options: choices.map((value) => ({ value, label: plain(value) })),
      });
      return isCancel(answer) ? undefined : answer;
    },
  };
}

const GO = { value: 'go' as const, label: 'next step' };
const QUIT = { value: 'out' as const, label: 'quit: undo everything' };

/** A learner at a terminal, who diagnoses and repairs a fault. */
export function openTerminalLearner(write: (text: string) => void, { bold, red, green }: Palette): Learner {
  return {
    showSymptoms({ lab }, session, symptoms) {
      write(`${bold(lab.title)}\nSomething is broken. These statements are no longer true:\n`);
      for (const each of symptoms) write(`  ${red('-')} ${plain(each)}\n`);
      write(`Look around in another terminal: ${plain(lookAroundCommands(session))}\n`);
    },
    async diagnose({ choices }) {
      const options = choices.map((value) => ({ value: value.id, label: plain(value.what) }));
      const answer = await select({ message: 'What is broken?', options });
      if (!isCancel(answer)) return choices.find(({ id }) => id === answer);
      cancel('given up');
      return undefined;
    },
    async repair() {
      const answer = await text({
        message: 'Repair it in the other terminal, then press Enter.',
        placeholder: 'Enter',
      });
      return !isCancel(answer);
    },
    showResult(what, problems) {
      if (problems.length === 0) write(green(`the ${what} is correct\n`));
      for (const each of problems) write(`${red(`not yet: ${plain(each)}`)}\n`);
    },
  };
}

function lookAroundCommands(session: LabSession): string {
  const commands = session.pods().map((name) => `ip netns exec ${name} bash`);
  return commands.length > 0 ? commands.join(' · ') : 'there is no pod yet';
}
