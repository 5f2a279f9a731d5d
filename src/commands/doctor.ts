import { openNft } from '../net/nft.ts';
import { examine, type Finding } from '../observe/doctor.ts';
import { listing } from '../render/output.ts';
import { Transcript } from '../transcript/transcript.ts';
import { listForm } from './output-format.ts';
import { print } from './print.ts';

/** `nslab doctor`: checks this machine, with a cure for each thing that it lacks. */
export async function doctor({ output }: { output?: string }): Promise<number> {
  const form = listForm(output === undefined ? {} : { output });
  const findings = await examine(openNft(new Transcript(), []));
  const text = await listing<Finding>(
    {
      kind: 'Diagnosis',
      items: findings,
      name: ({ what }) => what,
      columns: [
        { head: 'CHECK', cell: ({ what }) => what },
        { head: 'STATE', cell: ({ state }) => state },
        { head: 'FOUND', cell: ({ found }) => found },
        { head: 'CURE', cell: ({ cure }) => cure ?? '' },
      ],
    },
    form,
  );
  print(text);
  return findings.some(({ state }) => state === 'missing') ? 1 : 0;
}
