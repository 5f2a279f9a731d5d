import type { Row, TableScript } from '../lab.ts';
import type { LabSession } from '../lab-session.ts';
import { SessionValue } from '../session-value.ts';

/** The recorded result of an experiment. Reading it does not repeat the experiment. */
export function experimentResult(experiment: string): TableScript {
  return { title: experiment, read: async (session) => results.of(session).get(experiment) ?? [] };
}

/** Records the result of an experiment. */
export function recordResult(session: LabSession, experiment: string, rows: readonly Row[]): void {
  results.set(session, new Map([...results.of(session), [experiment, rows]]));
}

const results = new SessionValue<ReadonlyMap<string, readonly Row[]>>(new Map());
