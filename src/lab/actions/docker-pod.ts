import { randomBytes } from 'node:crypto';
import { type ComparedPod, ROLES } from '../../compare/compared-pod.ts';
import { Engine } from '../../compare/engine/engine.ts';
import { makeTheirPod, type RoleOptions } from '../../compare/engine/their-pod.ts';
import { waitForNginx } from '../../compare/wait-for-nginx.ts';
import { OperationError } from '../../sys/errors.ts';
import type { TableScript } from '../lab.ts';
import type { LabSession } from '../lab-session.ts';
import { SessionValue } from '../session-value.ts';

/** Makes the article's pod with Docker: roles `docker/pause`, `docker/nginx`, `docker/busybox`. The session removes it. */
export async function startDockerPod(session: LabSession, roleOptions?: RoleOptions): Promise<void> {
  const lines: string[] = [];
  const run = `${session.id}${randomBytes(2).toString('hex')}`;
  const engine = await Engine.find(run, (line) => lines.push(line));
  session.addUndo(() => engine.cleanUp());
  const { compared } = await makeTheirPod(engine, run, () => session.interrupts.check(), roleOptions);
  for (const role of ROLES) session.assign(`docker/${role}`, compared.pids[role] ?? 0);
  await waitForNginx(compared, () => session.interrupts.check());
  made.set(session, { compared, lines });
}

/** Docker's running pod. */
export function dockerComparedPod(session: LabSession): ComparedPod {
  const { compared } = made.of(session);
  if (!compared) throw new OperationError('this lab has no containers yet');
  return compared;
}

/** The `docker run` commands. */
export const DOCKER_COMMANDS: TableScript = {
  title: 'docker-commands',
  read: async (session) =>
    made
      .of(session)
      .lines.filter((line) => /^docker .*\brun /.test(line))
      .map((command) => ({ command })),
};

const made = new SessionValue<{ readonly compared?: ComparedPod; readonly lines: readonly string[] }>({
  lines: [],
});
