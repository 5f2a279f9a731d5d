import { readFacts } from '../../compare/facts.ts';
import type { Trio } from '../../compare/trio.ts';
import { judge } from '../../compare/verdict.ts';
import type { Bench } from '../bench.ts';
import type { Item } from '../lab.ts';

/** Every fact in which two pods differ, as `nslab compare docker` finds them, and how many are the same. */
export function differing(theirs: (bench: Bench) => Trio, ours: (bench: Bench) => Trio): Item {
  return {
    title: 'facts, each read on both sides by the same probe',
    async read(bench) {
      const side = async (of: string, trio: Trio) => ({ of, facts: await readFacts(trio), figures: {} });
      const rows = judge(await side('Docker', theirs(bench)), await side('nslab', ours(bench)));
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
