import type { Check, Row } from './lab.ts';

type Fault = Check['fault'];

/** Two processes are in the same namespace of a kind: the inodes say so, and nothing else could. */
export function equal(item: string, kind: string, ...people: readonly string[]): Fault {
  return (evidence) => {
    const found = inodesOf(evidence[item], kind, people);
    if (new Set(Object.values(found)).size === 1) return undefined;
    return `they are in different ${kind} namespaces: ${listed(found)}`;
  };
}

/** Each of them has a namespace of this kind that no other of them has. */
export function differs(item: string, kind: string, ...people: readonly string[]): Fault {
  return (evidence) => {
    const found = inodesOf(evidence[item], kind, people);
    if (new Set(Object.values(found)).size === people.length) return undefined;
    return `they share a ${kind} namespace: ${listed(found)}`;
  };
}

/** A row of an item that has these cells is there, and fulfils something. */
export function has(item: string, which: Row, fulfils: (row: Row) => boolean, otherwise: string): Fault {
  return (evidence) => {
    const rows = (evidence[item] ?? []).filter((row) =>
      Object.entries(which).every(([key, value]) => row[key] === value),
    );
    return rows.some(fulfils) ? undefined : otherwise;
  };
}

function inodesOf(
  rows: readonly Row[] = [],
  kind: string,
  people: readonly string[],
): Record<string, unknown> {
  return Object.fromEntries(
    people.map((name) => [name, rows.find(({ process }) => process === name)?.[kind]]),
  );
}

function listed(found: Readonly<Record<string, unknown>>): string {
  return Object.entries(found)
    .map(([name, inode]) => `${name} ${inode}`)
    .join(', ');
}
