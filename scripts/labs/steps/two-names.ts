import { compareNames, type NamesOptions } from '../../../src/lab/actions/two-names.ts';
import { experimentResult } from '../../../src/lab/evidence/experiment-result.ts';
import type { CheckScript, Row, StepScript } from '../../../src/lab/lab.ts';
import type { LabSession } from '../../../src/lab/lab-session.ts';

/** A step of the lab why-pause: what keeps a namespace is neither the name nor the holder, but a reference to it. */
export const twoNames: StepScript = {
  id: 'two-names',
  predictions: [
    {
      id: 'by-link',
      choices: ['yes', 'no'],
      answer: (_, { names }) => works(names, 'link, holder killed'),
    },
    {
      id: 'by-mount',
      choices: ['yes', 'no'],
      answer: (_, { names }) => works(names, 'mount, holder killed'),
    },
  ],
  action: (session) => compareNames(session),
  evidence: { names: experimentResult('names') },
  checks: [
    {
      id: 'link-dangles',
      finds: namesAre('link, holder killed', { exec: false, pair: false }),
      control: named('mount-instead-of-link', { link: 'attach', patience: 1000 }),
    },
    {
      id: 'mount-stays',
      finds: namesAre('mount, holder killed', { exec: true, processes: 0, pair: true }),
      control: named('link-instead-of-mount', { mount: 'link', deletes: false }),
    },
    {
      id: 'delete-ends',
      finds: namesAre('mount, removed', { exec: false, pair: false }),
      control: named('not-deleted', { deletes: false, patience: 1000 }),
    },
  ],
};

function named(id: string, options: NamesOptions) {
  return { id, instead: (session: LabSession) => compareNames(session, options) };
}

function namesAre(when: string, wanted: Row): CheckScript['finds'] {
  return ({ names = [] }) => {
    const row = names.find((each) => each.when === when);
    const wrong = Object.entries(wanted).filter(([what, value]) => row?.[what] !== value);
    const found = wrong.map(([what]) => `${what} ${row?.[what]}`).join(', ');
    return wrong.length === 0 ? undefined : { when, found };
  };
}

function works(rows: readonly Row[] | undefined, when: string): string {
  return rows?.find((row) => row.when === when)?.exec === true ? 'yes' : 'no';
}
