import type { Check, Row } from './lab.ts';

type Fault = Check['fault'];

/** The roles are in one namespace of this kind: their inodes are equal. */
export function equal(item: string, kind: string, ...roles: readonly string[]): Fault {
  return (evidence) => {
    const found = inodesOf(evidence[item], kind, roles);
    if (new Set(Object.values(found)).size === 1) return undefined;
    return `their ${kind} namespaces differ: ${listed(found)}`;
  };
}

/** The roles are in different namespaces of this kind: no two inodes are equal. */
export function differs(item: string, kind: string, ...roles: readonly string[]): Fault {
  return (evidence) => {
    const found = inodesOf(evidence[item], kind, roles);
    if (new Set(Object.values(found)).size === roles.length) return undefined;
    return `they share a ${kind} namespace: ${listed(found)}`;
  };
}

/** The table has a row with these cells that satisfies the predicate. */
export function has(item: string, which: Row, satisfies: (row: Row) => boolean, otherwise: string): Fault {
  return (evidence) => {
    const rows = (evidence[item] ?? []).filter((row) =>
      Object.entries(which).every(([key, value]) => row[key] === value),
    );
    return rows.some(satisfies) ? undefined : otherwise;
  };
}

function inodesOf(
  rows: readonly Row[] = [],
  kind: string,
  roles: readonly string[],
): Record<string, unknown> {
  return Object.fromEntries(
    roles.map((name) => [name, rows.find(({ process }) => process === name)?.[kind]]),
  );
}

function listed(found: Readonly<Record<string, unknown>>): string {
  return Object.entries(found)
    .map(([name, inode]) => `${name} ${inode}`)
    .join(', ');
}
