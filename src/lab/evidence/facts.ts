import type { ComparedPod } from '../../compare/compared-pod.ts';
import { readFacts } from '../../compare/facts.ts';
import { judge } from '../../compare/verdict.ts';
import type { Item } from '../lab.ts';
import type { LabSession } from '../lab-session.ts';

/** Every fact in which two pods differ, as `nslab compare docker` finds them, and how many are the same. */
export function differing(
  theirs: (session: LabSession) => ComparedPod,
  ours: (session: LabSession) => ComparedPod,
): Item {
  return {
    title: 'facts, each read on both sides by the same probe',
    async read(session) {
      const side = async (of: string, trio: ComparedPod) => ({
        of,
        facts: await readFacts(trio),
        figures: {},
      });
      const rows = judge(await side('Docker', theirs(session)), await side('nslab', ours(session)));
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
