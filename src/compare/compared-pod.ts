/** The article's pod: `pause` keeps the namespaces, the other two join them. */
export const ROLES = ['pause', 'nginx', 'busybox'] as const;

/** `pause`, or the name of a container that joins it. */
export type Role = string;

/** The host pid of each role, pause first. Every fact is read through these pids. */
export type Pids = Readonly<Record<Role, number>> & { readonly pause: number };

/** A running pod, Docker's or ours: the article's three processes, or those of a manifest. */
export interface ComparedPod {
  readonly pids: Pids;
  /** Words that differ from run to run (identifiers, random names), and the text that replaces each. */
  readonly placeholders: Readonly<Record<string, string>>;
  /** Mount points of the manifest's volumes, by role. */
  readonly volumes?: Readonly<Record<Role, readonly string[]>>;
}

/** The first role that joins `pause`. */
export function firstJoiner({ pids }: Pick<ComparedPod, 'pids'>): Role {
  return Object.keys(pids).find((role) => role !== 'pause') ?? 'pause';
}

/** Its pid. Facts about the pod's files and memory are read from this process. */
export function joinerPid(pod: Pick<ComparedPod, 'pids'>): number {
  return pod.pids[firstJoiner(pod)] ?? pod.pids.pause;
}

/** Replaces the words that differ from run to run. */
export function withPlaceholders(text: string, { placeholders }: ComparedPod): string {
  return Object.entries(placeholders).reduce(
    (rest, [word, placeholder]) => rest.replaceAll(word, placeholder),
    text,
  );
}

/** Reads one value per role and groups equal ones: `pause: own; nginx, busybox: joined`. */
export async function eachRole(
  pids: Pids,
  read: (pid: number, role: Role) => string | Promise<string>,
): Promise<string> {
  const roles = Object.keys(pids);
  const values = await Promise.all(roles.map((role) => read(pids[role] ?? 0, role)));
  const groups = new Map<string, Role[]>();
  for (const [index, value] of values.entries())
    groups.set(value, [...(groups.get(value) ?? []), ...roles.slice(index, index + 1)]);
  const [only, ...others] = groups.keys();
  if (others.length === 0) return only ?? '';
  return [...groups].map(([value, group]) => `${group.join(', ')}: ${value}`).join('; ');
}
