/** The three of the article's pod: one that keeps the namespaces, and two that join them. */
export const ROLES = ['pause', 'nginx', 'busybox'] as const;
export type Role = (typeof ROLES)[number];

/** They as they run on one of the two sides. All that is read of them is read by these numbers. */
export interface Trio {
  readonly pids: Readonly<Record<Role, number>>;
  /** Words that are of this run alone, and what they stand for: an identifier, a name with a random ending. */
  readonly meanings: Readonly<Record<string, string>>;
}

/** A text without what differs from run to run. */
export function withMeanings(text: string, { meanings }: Trio): string {
  return Object.entries(meanings).reduce((all, [word, meaning]) => all.replaceAll(word, meaning), text);
}

/** One value for each of the three; equal ones are said once: `pause: own; nginx, busybox: joined`. */
export async function each(read: (role: Role) => string | Promise<string>): Promise<string> {
  const values = await Promise.all(ROLES.map(read));
  const groups = new Map<string, Role[]>();
  for (const [at, value] of values.entries())
    groups.set(value, [...(groups.get(value) ?? []), ...ROLES.slice(at, at + 1)]);
  const [only, ...others] = groups.keys();
  if (others.length === 0) return only ?? '';
  return [...groups].map(([value, roles]) => `${roles.join(', ')}: ${value}`).join('; ');
}
