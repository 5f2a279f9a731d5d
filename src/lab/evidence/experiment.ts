import type { Item, Row } from '../lab.ts';
import type { LabSession } from '../lab-session.ts';
import { SessionValue } from '../session-value.ts';

/** What an experiment has found out while it was made: it cannot be read a second time. */
export function measured(experiment: string, title: string): Item {
  return { title, read: async (session) => notes.of(session).get(experiment) ?? [] };
}

/** Keeps what an experiment has found out. */
export function note(session: LabSession, experiment: string, rows: readonly Row[]): void {
  notes.set(session, new Map([...notes.of(session), [experiment, rows]]));
}

const notes = new SessionValue<ReadonlyMap<string, readonly Row[]>>(new Map());
