/** The three of the article's pod: one that keeps the namespaces, and two that join them. */
export const ROLES = ['pause', 'nginx', 'busybox'] as const;

/** What one of a pod is called: `pause` keeps the namespaces, the others are its containers. */
export type Role = string;

/** They by what they are called, pause first. All that is read of them is read by these numbers. */
export type Pids = Readonly<Record<Role, number>> & { readonly pause: number };

/** A pod as it runs on one of the two sides: the article's three, or as many as a manifest has. */
export interface ComparedPod {
  readonly pids: Pids;
  /** Words that are of this run alone, and what they stand for: an identifier, a name with a random ending. */
  readonly meanings: Readonly<Record<string, string>>;
  /** Where they have volumes of their manifest. */
  readonly volumes?: Readonly<Record<Role, readonly string[]>>;
}

/** The first of those that have joined. */
export function firstJoiner({ pids }: Pick<ComparedPod, 'pids'>): Role {
  return Object.keys(pids).find((role) => role !== 'pause') ?? 'pause';
}

/** Its process: what is said of the pod's files and limits is said of one of those that run in it. */
export function joinerOf(trio: Pick<ComparedPod, 'pids'>): number {
  return trio.pids[firstJoiner(trio)] ?? trio.pids.pause;
}

/** A text without what differs from run to run. */
export function withMeanings(text: string, { meanings }: ComparedPod): string {
  return Object.entries(meanings).reduce((all, [word, meaning]) => all.replaceAll(word, meaning), text);
}

/** One value for each of them; equal ones are said once: `pause: own; nginx, busybox: joined`. */
export async function each(
  pids: Pids,
  read: (pid: number, role: Role) => string | Promise<string>,
): Promise<string> {
  const roles = Object.keys(pids);
  const values = await Promise.all(roles.map((role) => read(pids[role] ?? 0, role)));
  const groups = new Map<string, Role[]>();
  for (const [at, value] of values.entries())
    groups.set(value, [...(groups.get(value) ?? []), ...roles.slice(at, at + 1)]);
  const [only, ...others] = groups.keys();
  if (others.length === 0) return only ?? '';
  return [...groups].map(([value, some]) => `${some.join(', ')}: ${value}`).join('; ');
}
