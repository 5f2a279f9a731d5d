import { downSteps } from './down-steps.ts';
import { fileSteps } from './file-steps.ts';
import { foundations } from './foundation-steps.ts';
import { header } from './header.ts';
import { holderSteps } from './holder-steps.ts';
import { networkSteps } from './network-steps.ts';
import { rootSteps } from './root-steps.ts';
import { readStory, type Source, type Story } from './scripted-pod.ts';
import { upSteps } from './up-steps.ts';
import { wireSteps } from './wire-steps.ts';
import { workloadSteps } from './workload-steps.ts';

/**
 * A POSIX shell script that builds the same pod without nslab and Node, and takes it down: `sh pod.sh up`, `sh pod.sh down`.
 * What `ip` and `nft` were told stands in it word by word; the rest says in util-linux what our own programs did.
 */
export function podScript(source: Source): string {
  const story = readStory(source);
  const parts = [
    [header(story)],
    chapter('The way up', upSteps(story)),
    chapter('The way down', downSteps(story)),
    chapter('Files', fileSteps(story)),
    chapter('The network', networkSteps(story)),
    chapter('The holder', holderSteps(story)),
    chapter('The cable', wireSteps(story)),
    chapter('The workloads', workloadSteps(story)),
    chapter('A root of its own', rootSteps(story)),
    chapter('What it stands on', foundations(story)),
    [verbs(story)],
  ];
  return `${parts.flat().join('\n\n')}\n`;
}

function chapter(title: string, steps: readonly string[]): string[] {
  return steps.length === 0 ? [] : [`# ──── ${title} ${'─'.repeat(80 - title.length)}`, ...steps];
}

/** The inner verbs are for itself: a new namespace is entered by being started in it. */
function verbs({ intent, workloads }: Story): string {
  const minder = intent.share.includes('pid') ? ['mind_holder) mind_holder ;;'] : [];
  const inner = workloads.length > 0 ? ['mind) shift && mind "$@" ;;', 'become) become "$2" ;;'] : [];
  return [
    '# The first two are for you. By the others the script starts itself again, in namespaces that it has just made.',
    `case \${1-} in`,
    'up) up ;;',
    'down) down ;;',
    'holder) holder ;;',
    ...minder,
    ...inner,
    '*) echo "usage: sh $0 up | down" >&2; exit 2 ;;',
    'esac',
  ].join('\n');
}
