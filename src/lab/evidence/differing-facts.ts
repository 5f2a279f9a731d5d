import type { ComparedPod } from '../../compare/compared-pod.ts';
import { readFacts } from '../../compare/facts.ts';
import { compareFacts } from '../../compare/verdict.ts';
import type { TableScript } from '../lab.ts';
import type { LabSession } from '../lab-session.ts';

/** The facts in which two pods differ, as in `nslab compare docker`, and the number of equal ones. */
export function differingFacts(
  theirs: (session: LabSession) => ComparedPod,
  ours: (session: LabSession) => ComparedPod,
): TableScript {
  return {
    title: 'facts',
    async read(session) {
      const side = async (of: string, pod: ComparedPod) => ({
        of,
        facts: await readFacts(pod),
        figures: {},
      });
      const rows = compareFacts(await side('Docker', theirs(session)), await side('nslab', ours(session)));
      const same = rows.filter(({ verdict }) => verdict === 'same');
      return [
        { fact: `${same.length} others`, docker: '', ours: '', verdict: 'same' },
        ...rows
          .filter(({ verdict }) => verdict !== 'same')
          .map(({ fact, theirs, ours, verdict }) => ({ fact, docker: theirs, ours, verdict })),
      ];
    },
  };
}
