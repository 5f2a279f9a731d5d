import type { Creation, Crowd, Growth, Memory, Path, Profile, Results } from './results.ts';
import { median } from './statistics.ts';

/** All of the figures, as tables: what scripts/benchmarks/README.md shows. */
export function report(results: Results): string {
  const { machine, creation, profile, commands, memory, paths, growth } = results;
  const parts: (readonly [lead: string, table: string, found: boolean])[] = [
    [POD, creationTable(creation), creation.length > 0],
    ...(profile ? [profilePart(profile)] : []),
    ['Whole commands, in milliseconds:', commandTable(commands), Object.keys(commands).length > 0],
    ['Memory of what keeps a pod alive, without its workloads:', memoryTable(memory), memory.length > 0],
    ['The data path, TCP by one connection:', pathTable(paths), paths.length > 0],
    ...(growth ? [growthPart(growth)] : []),
  ];
  const shown = parts.flatMap(([lead, table, found]) => (found ? [lead, table] : []));
  const last = growth
    ? [`A bridge takes ${whole(growth.full.pods)}; the next one is refused: “${growth.full.error}”.`]
    : [];
  return [taken(machine), ...shown, ...last].join('\n\n');
}

const POD =
  'A pod here is a holder in net, ipc and uts namespaces of its own, a veth pair, addresses and routes. Microseconds a pod:';

function taken({ kernel, processors, node, date, load, rounds }: Results['machine']): string {
  return `Measured ${date} on ${processors}, Linux ${kernel}, Node ${node}, load ${load} before: medians of ${rounds} rounds, in which all took turns. Of such figures only the ratios travel.`;
}

/** The floor of the topology that a way builds. */
function floorOf({ way, count }: Creation, all: readonly Creation[]): Creation | undefined {
  const topology = /bridge|docker|CNI|Mininet/.test(way) ? 'bridge' : 'routed';
  return all.find((other) => other.way === `floor, ${topology}` && other.count === count);
}

function creationTable(all: readonly Creation[]): string {
  const rows = all.map((each) => {
    const floor = floorOf(each, all);
    const over = (which: 'create' | 'remove') =>
      !floor || floor === each ? '' : (median(each[which]) / median(floor[which])).toFixed(1);
    const figure = (which: 'create' | 'remove') => whole(median(each[which]));
    return [
      whole(each.count),
      each.way,
      figure('create'),
      over('create'),
      figure('remove'),
      over('remove'),
      each.growth === undefined ? '' : `${each.growth}`,
    ];
  });
  return table(['pods', 'made by', 'create', '× floor', 'remove', '× floor', 'late / early'], rows, 2);
}

/** What the transcript calls them, and what they are. */
const PARTS = {
  unshare: 'unshare: the namespaces',
  execve: 'execve: the holder',
  send: 'send: the pair, its addresses and routes',
  transcript: 'the transcript: evidence asked of the kernel, and lines written',
};

function profilePart({ count, create, parts }: Profile): readonly [string, string, boolean] {
  const total = median(create);
  const named = Object.entries(PARTS).map(([name, what]) => [what, median(parts[name] ?? [0])] as const);
  const rest = named.reduce((left, [, us]) => left - us, total);
  const rows = [
    ...named,
    ['records, leases and locks; the way home; JavaScript', rest],
    ['together', total],
  ] as const;
  const shown = rows.map(([what, us]) => [what, whole(us)]);
  const lead = `Into what the time of one of ${count} goes (nslab, routed), in microseconds, by the transcript that every pod keeps of itself:`;
  return [lead, table(['part', 'µs'], shown, 1), true];
}

function commandTable(commands: Results['commands']): string {
  const rows = Object.entries(commands).map(([what, ms]) => [what, milliseconds(ms)]);
  return table(['command', 'ms'], rows, 1);
}

function memoryTable(memory: readonly Memory[]): string {
  return table(
    ['what', 'kB'],
    memory.map(({ what, kB }) => [what, whole(kB)]),
    1,
  );
}

function pathTable(paths: readonly Path[]): string {
  const rows = paths.map(({ path, gbps, rtt }) => [path, median(gbps).toFixed(1), median(rtt).toFixed(1)]);
  return table(['path', 'Gbit/s', 'there and back, µs'], rows, 1);
}

/** A column for each number of pods; the last one says what the most cost over the fewest. */
function growthPart({ crowds }: Growth): readonly [string, string, boolean] {
  const [first, last] = [crowds[0], crowds.at(-1)];
  const row = (
    what: string,
    of: (crowd: Crowd) => readonly number[] | undefined,
    show: typeof milliseconds,
  ) => {
    const figures = crowds.map((crowd) => of(crowd) ?? []);
    const [few, most] = [figures[0] ?? [], figures.at(-1) ?? []];
    return [what, ...figures.map(show), (median(most) / median(few)).toFixed(1)];
  };
  const rows = [
    ...Object.keys(first?.commands ?? {}).map((what) =>
      row(what, ({ commands }) => commands[what], milliseconds),
    ),
    row('`Pod.create` in a loop', ({ loop }) => loop.create.map(toMilliseconds), milliseconds),
    row('`pod.destroy` in a loop', ({ loop }) => loop.remove.map(toMilliseconds), milliseconds),
  ];
  const heads = [
    'beside so many pods, ms',
    ...crowds.map(({ pods }) => whole(pods)),
    `÷ ${whole(first?.pods ?? 0)}`,
  ];
  const lead =
    'Commands in milliseconds, where there are other pods, which they do not touch or have to list:';
  return [lead, table(heads, rows, 1), last !== undefined];
}

const toMilliseconds = (us: number) => us / 1000;

/** Markdown; the columns from `right` on are figures. */
function table(heads: readonly string[], rows: readonly (readonly string[])[], right: number): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const rule = line(heads.map((_, column) => (column >= right ? '--:' : '---')));
  return [line(heads), rule, ...rows.map(line)].join('\n');
}

function milliseconds(all: readonly number[]): string {
  const middle = median(all);
  return middle < 100 ? middle.toFixed(1) : whole(middle);
}

/** 12 345, with a thin space that no line is broken at. */
export function whole(value: number): string {
  return `${Math.round(value)}`.replace(/\B(?=(\d{3})+$)/g, '\u202f');
}
