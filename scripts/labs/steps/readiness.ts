import { followReadiness, type ReadinessOptions } from '../../../src/lab/actions/readiness.ts';
import { makeService } from '../../../src/lab/actions/service.ts';
import { experimentResult } from '../../../src/lab/evidence/experiment-result.ts';
import type { CheckScript, Row, StepScript } from '../../../src/lab/lab.ts';
import type { LabSession } from '../../../src/lab/lab-session.ts';

/** A step of the lab names: a pod that is not ready has no name and no rule. */
export const readiness: StepScript = {
  id: 'readiness',
  predictions: [
    { id: 'not-ready', choices: ['yes', 'no'], answer: (_, { readiness }) => isIn(readiness, 0) },
    { id: 'not-any-more', choices: ['yes', 'no'], answer: (_, { readiness }) => isIn(readiness, 2) },
  ],
  action: (session) => followReadiness(session, { network: 'inner' }),
  evidence: { readiness: experimentResult('readiness') },
  checks: [
    {
      id: 'out-before-and-after',
      finds: leads([
        [0, false],
        [2, false],
      ]),
      control: {
        id: 'publishes-all',
        async instead(session) {
          for (const [role, more] of [
            ['web', {}],
            ['heads', { clusterIP: 'None' }],
          ] as const)
            await makeService(session, role, { app: 'web', ...more, publishNotReady: true });
          await follow(session, { publishesAll: true });
        },
      },
    },
    {
      id: 'in-when-ready',
      finds: leads([[1, true]]),
      control: { id: 'never-ready', instead: (session) => follow(session, { becomesReady: false }) },
    },
  ],
};

function follow(session: LabSession, options: Omit<ReadinessOptions, 'network'>): Promise<void> {
  return followReadiness(session, { network: 'inner', ...options });
}

/** Name and rules lead to the pod, or both do not. */
function leads(wanted: ReadonlyArray<readonly [place: number, isIn: boolean]>): CheckScript['finds'] {
  return ({ readiness = [] }) => {
    for (const [place, isIn] of wanted) {
      const row = readiness[place];
      if (row?.by_name !== isIn || row.by_rules !== isIn) return { when: String(row?.when ?? '-') };
    }
    return undefined;
  };
}

function isIn(rows: readonly Row[] | undefined, place: number): string {
  return rows?.[place]?.by_name === true ? 'yes' : 'no';
}
