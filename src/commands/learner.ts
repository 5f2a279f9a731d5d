import { cancel, isCancel, select, text } from '@clack/prompts';
import type { Learner } from '../lab/drill.ts';
import type { LabSession } from '../lab/lab-session.ts';
import type { Prompter } from '../lab/run-lab.ts';
import type { Palette } from '../render/palette.ts';
import { plain } from '../render/plain.ts';

/** Somebody at a terminal, who decides when a lab goes on and is asked what he expects. */
export function openLearner(session: LabSession): Prompter {
  return {
    async begin() {
      const answer = await select({ message: 'Begin?', options: [GO, OUT] });
      return answer === 'go';
    },
    async next(number, of) {
      const label =
        number > 1
          ? 'back: undo this step and the one before, and do that one again'
          : 'again: undo it, and do it again';
      const last = { value: 'go' as const, label: 'end: undo all' };
      const message = `Look around in another terminal: ${plain(lookAround(session))}`;
      const options =
        number === of
          ? [last, { value: 'back' as const, label }]
          : [GO, { value: 'back' as const, label }, OUT];
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

const GO = { value: 'go' as const, label: 'go on' };
const OUT = { value: 'out' as const, label: 'out: undo all' };

/** Somebody at a terminal, who is examined. */
export function openCandidate(write: (text: string) => void, { bold, red, green }: Palette): Learner {
  return {
    shown({ lab }, session, symptoms) {
      write(`${bold(lab.title)}\nSomething is broken. These do not hold any more:\n`);
      for (const each of symptoms) write(`  ${red('-')} ${plain(each)}\n`);
      write(`Look around in another terminal: ${plain(lookAround(session))}\n`);
    },
    async diagnose({ choices }) {
      const options = choices.map((value) => ({ value: value.id, label: plain(value.what) }));
      const answer = await select({ message: 'What is broken?', options });
      if (!isCancel(answer)) return choices.find(({ id }) => id === answer);
      cancel('given up');
      return undefined;
    },
    async mend() {
      const answer = await text({
        message: 'Mend it in the other terminal, then press Enter.',
        placeholder: 'Enter',
      });
      return !isCancel(answer);
    },
    judged(what, complaints) {
      if (complaints.length === 0) write(green(`the ${what} is right\n`));
      for (const each of complaints) write(`${red(`not yet: ${plain(each)}`)}\n`);
    },
  };
}

function lookAround(session: LabSession): string {
  const commands = session.pods().map((name) => `ip netns exec ${name} bash`);
  return commands.length > 0 ? commands.join(' · ') : 'nothing is made yet';
}
