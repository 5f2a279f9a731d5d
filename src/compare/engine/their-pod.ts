import { type ComparedPod, type Pids, ROLES, type Role } from '../compared-pod.ts';
import type { Measured } from '../measurements.ts';
import { LOOP } from '../our-pod.ts';
import type { DisposablePod } from '../restart-behaviour.ts';
import type { Engine } from './engine.ts';
import { makeImages } from './images.ts';

/** How one of the three is started, besides its name. */
export type Manner = (role: Role, donor: string) => readonly string[];

/** Docker's IPC is private unless the donor says otherwise; UTS cannot be shared at all. */
const AS_IN_THE_ARTICLE: Manner = (role, donor) =>
  role === 'pause' ? ['--ipc=shareable'] : [`--network=container:${donor}`, `--ipc=container:${donor}`];

/** The three commands of the article, with names of this run's own. */
export async function makeTheirPod(
  engine: Engine,
  run: string,
  check: () => void,
  manner: Manner = AS_IN_THE_ARTICLE,
): Promise<Measured> {
  const images = await makeImages(engine);
  const times: Partial<Record<Role, number>> = {};
  for (const role of ROLES) {
    check();
    const begun = performance.now();
    await engine.docker(
      ...named(engine, `${role}-${run}`),
      ...manner(role, `pause-${run}`),
      images[role],
      ...(role === 'busybox' ? LOOP : []),
    );
    times[role] = performance.now() - begun;
  }
  return {
    trio: await theirComparedPod(
      engine,
      ROLES.map((role) => `${role}-${run}`),
    ),
    times,
  };
}

/** The same, to be killed. */
export function theirDisposablePod(engine: Engine, run: string, { trio: { pids } }: Measured): DisposablePod {
  return {
    pids,
    async kill(role) {
      await engine.docker('kill', `${role}-${run}`);
      // Asked about it, the engine answers when it has taken away all that went with the process.
      await engine.docker('inspect', '--format', '{{.State.Status}}', `${role}-${run}`);
    },
    async again(role) {
      await engine.docker('start', `${role}-${run}`);
      return (await engine.processOf(`${role}-${run}`)).pid;
    },
  };
}

/** Containers that run already: the one that keeps the namespaces, nginx, busybox. */
export async function theirComparedPod(engine: Engine, names: readonly string[]): Promise<ComparedPod> {
  const found = await Promise.all(names.map((name) => engine.processOf(name)));
  return {
    pids: Object.fromEntries(ROLES.map((role, at) => [role, found[at]?.pid ?? 0])) as Pids,
    // Docker's default host name is the first twelve digits.
    meanings: Object.fromEntries(ROLES.map((role, at) => [found[at]?.id.slice(0, 12), `the id of ${role}`])),
  };
}

function named({ label }: Engine, name: string): string[] {
  return ['run', '-d', '--label', label, '--name', name];
}
