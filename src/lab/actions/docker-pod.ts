import { randomBytes } from 'node:crypto';
import { type ComparedPod, ROLES } from '../../compare/compared-pod.ts';
import { Engine } from '../../compare/engine/engine.ts';
import { type Manner, makeTheirPod } from '../../compare/engine/their-pod.ts';
import { settled } from '../../compare/settled.ts';
import { OperationError } from '../../sys/errors.ts';
import type { Item } from '../lab.ts';
import type { LabSession } from '../lab-session.ts';
import { SessionValue } from '../session-value.ts';

/** Docker makes the article's pod: `docker/pause`, `docker/nginx`, `docker/busybox`. It goes as our pods do. */
export async function dockerPod(session: LabSession, manner?: Manner): Promise<void> {
  const lines: string[] = [];
  const run = `${session.id}${randomBytes(2).toString('hex')}`;
  const engine = await Engine.find(run, (line) => lines.push(line));
  session.later(() => engine.leave());
  const { trio } = await makeTheirPod(engine, run, () => session.interrupts.check(), manner);
  for (const role of ROLES) session.cast(`docker/${role}`, trio.pids[role] ?? 0);
  await settled(trio, () => session.interrupts.check());
  made.set(session, { trio, lines });
}

/** The three of Docker's, as they run now. */
export function dockerComparedPod(session: LabSession): ComparedPod {
  const { trio } = made.of(session);
  if (!trio) throw new OperationError('this lab has no containers yet');
  return trio;
}

/** What the engine was told, as anybody would type it. */
export const DOCKER_COMMANDS: Item = {
  title: 'what was typed',
  read: async (session) =>
    made
      .of(session)
      .lines.filter((line) => /^docker .*\brun /.test(line))
      .map((command) => ({ command })),
};

const made = new SessionValue<{ readonly trio?: ComparedPod; readonly lines: readonly string[] }>({
  lines: [],
});
