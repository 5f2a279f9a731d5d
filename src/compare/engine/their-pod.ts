import { type ComparedPod, type Pids, ROLES, type Role } from '../compared-pod.ts';
import type { MeasuredPod } from '../measurements.ts';
import { LOOP } from '../our-pod.ts';
import type { DisposablePod } from '../restart-behaviour.ts';
import type { Engine } from './engine.ts';
import { makeImages } from './images.ts';

/** The options of `docker run` for one role, besides its name. */
export type RoleOptions = (role: Role, donor: string) => readonly string[];

/** IPC is private unless the donor is shareable; Docker cannot share UTS between containers. */
const ARTICLE_OPTIONS: RoleOptions = (role, donor) =>
  role === 'pause' ? ['--ipc=shareable'] : [`--network=container:${donor}`, `--ipc=container:${donor}`];

/** Runs the article's three `docker` commands. Names end in the run's identifier. */
export async function makeTheirPod(
  engine: Engine,
  run: string,
  check: () => void,
  roleOptions: RoleOptions = ARTICLE_OPTIONS,
): Promise<MeasuredPod> {
  const images = await makeImages(engine);
  const times: Partial<Record<Role, number>> = {};
  for (const role of ROLES) {
    check();
    const start = performance.now();
    await engine.docker(
      ...runOptions(engine, `${role}-${run}`),
      ...roleOptions(role, `pause-${run}`),
      images[role],
      ...(role === 'busybox' ? LOOP : []),
    );
    times[role] = performance.now() - start;
  }
  return {
    compared: await theirComparedPod(
      engine,
      ROLES.map((role) => `${role}-${run}`),
    ),
    times,
  };
}

/** The same containers, to be killed and restarted. */
export function theirDisposablePod(
  engine: Engine,
  run: string,
  { compared: { pids } }: MeasuredPod,
): DisposablePod {
  return {
    pids,
    async kill(role) {
      await engine.docker('kill', `${role}-${run}`);
      // The engine answers `inspect` after it has removed everything that ended with the process.
      await engine.docker('inspect', '--format', '{{.State.Status}}', `${role}-${run}`);
    },
    async restart(role) {
      await engine.docker('start', `${role}-${run}`);
      return (await engine.processOf(`${role}-${run}`)).pid;
    },
  };
}

/** Running containers: pause, nginx, busybox. */
export async function theirComparedPod(engine: Engine, names: readonly string[]): Promise<ComparedPod> {
  const found = await Promise.all(names.map((name) => engine.processOf(name)));
  return {
    pids: Object.fromEntries(ROLES.map((role, index) => [role, found[index]?.pid ?? 0])) as Pids,
    // Docker's default host name is the first twelve digits.
    placeholders: Object.fromEntries(
      ROLES.map((role, index) => [found[index]?.id.slice(0, 12), `the id of ${role}`]),
    ),
  };
}

function runOptions({ label }: Engine, name: string): string[] {
  return ['run', '-d', '--label', label, '--name', name];
}
