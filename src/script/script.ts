import { downSteps } from './down-steps.ts';
import { fileSteps } from './file-steps.ts';
import { foundations } from './foundation-steps.ts';
import { header } from './header.ts';
import { holderSteps } from './holder-steps.ts';
import { networkSteps } from './network-steps.ts';
import { rootSteps } from './root-steps.ts';
import { readScriptedPod, type ScriptedPod, type Source } from './scripted-pod.ts';
import { upSteps } from './up-steps.ts';
import { wireSteps } from './wire-steps.ts';
import { workloadSteps } from './workload-steps.ts';

/**
 * A POSIX shell script that creates and removes the same pod without nslab and Node: `sh pod.sh up`, `sh pod.sh down`.
 * It has the input of `ip` and `nft` from the transcript; commands of util-linux replace nslab's own programs.
 */
export function podScript(source: Source): string {
  const pod = readScriptedPod(source);
  const parts = [
    [header(pod)],
    section('Up', upSteps(pod)),
    section('Down', downSteps(pod)),
    section('Files', fileSteps(pod)),
    section('Network', networkSteps(pod)),
    section('Holder', holderSteps(pod)),
    section('Veth pair, addresses, ports', wireSteps(pod)),
    section('Workloads', workloadSteps(pod)),
    section('Private root', rootSteps(pod)),
    section('Common functions', foundations(pod)),
    [verbs(pod)],
  ];
  return `${parts.flat().join('\n\n')}\n`;
}

function section(title: string, steps: readonly string[]): string[] {
  return steps.length === 0 ? [] : [`# ──── ${title} ${'─'.repeat(80 - title.length)}`, ...steps];
}

/** Inner verbs: unshare(1) and nsenter(1) start a command in namespaces, and that command is the script itself. */
function verbs({ intent, workloads }: ScriptedPod): string {
  const monitor = intent.share.includes('pid') ? ['monitor_holder) monitor_holder ;;'] : [];
  const inner = workloads.length > 0 ? ['monitor) shift && monitor "$@" ;;', 'launch) launch "$2" ;;'] : [];
  return [
    '# The first two verbs are for users. With the others the script starts itself in namespaces that it has created.',
    `case \${1-} in`,
    'up) up ;;',
    'down) down ;;',
    'holder) holder ;;',
    ...monitor,
    ...inner,
    '*) echo "usage: sh $0 up | down" >&2; exit 2 ;;',
    'esac',
  ].join('\n');
}
