import type { CheckScript, Row } from './lab.ts';

type Finds = CheckScript['finds'];

/** The roles are in one namespace of this kind: their inodes are equal. Finds `kind`, `found`. */
export function equal(item: string, kind: string, ...roles: readonly string[]): Finds {
  return (evidence) => {
    const found = inodesOf(evidence[item], kind, roles);
    if (new Set(Object.values(found)).size === 1) return undefined;
    return { kind, found: listed(found) };
  };
}

/** The roles are in different namespaces of this kind: no two inodes are equal. Finds `kind`, `found`. */
export function differs(item: string, kind: string, ...roles: readonly string[]): Finds {
  return (evidence) => {
    const found = inodesOf(evidence[item], kind, roles);
    if (new Set(Object.values(found)).size === roles.length) return undefined;
    return { kind, found: listed(found) };
  };
}

/** The table has a row with these cells that satisfies the predicate. `reason`: which sentence says that it has none. */
export function has(item: string, which: Row, satisfies: (row: Row) => boolean, reason?: string): Finds {
  return (evidence) => {
    const rows = (evidence[item] ?? []).filter((row) =>
      Object.entries(which).every(([key, value]) => row[key] === value),
    );
    if (rows.some(satisfies)) return undefined;
    return reason === undefined ? {} : { reason };
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
