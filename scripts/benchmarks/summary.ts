import { whole } from './report.ts';
import type { Creation, Results } from './results.ts';
import { median } from './statistics.ts';

/** Five lines of the figures, for the front page. What was not measured is left out. */
export function summary(results: Results): string {
  const lines = [measured(results), creation(results), commands(results), memory(results), growth(results)];
  return lines
    .filter((line) => line !== undefined)
    .map((line) => `- ${line}`)
    .join('\n');
}

function measured({ machine: { date, processors, rounds } }: Results): string {
  return `Measured ${date} on ${processors}, medians of ${rounds} rounds. On another machine the ratios hold, the figures do not.`;
}

/** Of a hundred in a row, or of as many as were made by that way. */
function creation({ creation }: Results): string | undefined {
  const of = (way: string) => {
    const found = creation.filter((each) => each.way === way && each.count <= 100);
    return found.sort((a, b) => b.count - a.count)[0];
  };
  const [routed, bridge, floor] = [of('nslab, routed'), of('nslab, bridge'), of('floor, bridge')];
  if (!routed || !bridge || !floor) return;
  const others = ['CNI plugins', 'Mininet', 'docker run']
    .flatMap((way) => of(way) ?? [])
    .map((each) => `${each.way} ${perPod(each)}`);
  const ours = `A pod, of ${routed.count} in a row: ${perPod(routed)} ms routed, ${perPod(bridge)} on a bridge`;
  return `${ours}; the bare system calls ${perPod(floor)}; ${others.join(', ')}.`;
}

function perPod({ create, count }: Creation): string {
  const ms = median(create) / 1000;
  return `${ms < 10 ? ms.toFixed(1) : whole(ms)}${count < 100 ? ` (of ${count})` : ''}`;
}

function commands({ commands }: Results): string | undefined {
  const named = (begin: string) =>
    Object.entries(commands).find(
      ([name]) => name.startsWith(begin) && name.endsWith('the article’s pod'),
    )?.[1];
  const [up, docker] = [named('nslab up'), named('docker run')];
  if (!up) return;
  const theirs = docker ? `; \`docker run\`, three times: ${whole(median(docker))} ms` : '';
  return `The pod of the first five minutes, as a whole command: \`nslab up -d\` ${whole(median(up))} ms${theirs}.`;
}

function memory({ memory }: Results): string | undefined {
  const kB = (what: string) => memory.find((each) => each.what.startsWith(what))?.kB;
  const [holder, shim, theirs] = [kB('nslab: holder'), kB('nslab: shim'), kB('Docker: container’s shim')];
  if (holder === undefined || shim === undefined) return;
  const docker = theirs === undefined ? '' : `; Docker’s shim of a container takes ${whole(theirs)}`;
  return `Memory beside the kernel’s objects: ${whole(holder)} kB for a holder, ${whole(shim)} for the shim of a workload${docker}.`;
}

function growth({ growth }: Results): string | undefined {
  const [few, most] = [growth?.crowds[0], growth?.crowds.at(-1)];
  if (!few || !most) return;
  const grown = (what: string) => {
    const [before, after] = [few, most].map(({ commands }) => median(commands[what] ?? []));
    return `\`${what}\` ${whole(before ?? 0)} → ${whole(after ?? 0)}`;
  };
  const [slowest = ''] = Object.keys(most.commands).sort(
    (a, b) => median(most.commands[b] ?? []) - median(most.commands[a] ?? []),
  );
  const all = median(most.commands[slowest] ?? []);
  const each = ['nslab hold', 'nslab exec', 'nslab ps'].map(grown).join(', ');
  return `Beside ${whole(few.pods)} → ${whole(most.pods)} other pods, ms: ${each}; the slowest there, \`${slowest}\`, ${whole(all)}.`;
}
