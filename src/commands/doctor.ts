import { openFirewalld } from '../net/firewalld.ts';
import { openNft } from '../net/nft.ts';
import { networkNames, readMaybeNetwork } from '../net/record.ts';
import { examine, type Finding } from '../observe/doctor.ts';
import { examineState } from '../pod/examine-state.ts';
import { openHost } from '../pod/host.ts';
import { listing } from '../render/output.ts';
import { Transcript } from '../transcript/transcript.ts';
import { type GlobalOptions, stateRoot } from './globals.ts';
import { listForm } from './output-format.ts';
import { print } from './print.ts';

/** `nslab doctor`: checks this machine, with a cure for each thing that it lacks. */
export async function doctor({ output }: { output?: string }, globals: GlobalOptions): Promise<number> {
  const form = listForm(output === undefined ? {} : { output });
  const transcript = new Transcript();
  const findings = [
    ...(await examine(
      { nft: openNft(transcript, []), firewalld: openFirewalld(transcript, []) },
      subnets(globals),
    )),
    ...(await stateFindings(globals)),
  ];
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

/** Of the networks on record; without any, the one that the first pod would get on most machines. */
function subnets(globals: GlobalOptions): string[] {
  const root = stateRoot(globals);
  const found = networkNames(root).flatMap((name) => readMaybeNetwork(root, name)?.subnet ?? []);
  return found.length > 0 ? found : ['10.244.0.0/16'];
}

/** Only where it can be asked: without root, or on a machine that lacks a tool, the other findings say why not. */
async function stateFindings(globals: GlobalOptions): Promise<Finding[]> {
  try {
    return await examineState(await openHost(new Transcript(), () => {}), stateRoot(globals));
  } catch (error) {
    return [{ what: 'networks', state: 'limited', found: `cannot be asked: ${(error as Error).message}` }];
  }
}
