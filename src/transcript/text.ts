import type { Event } from './event.ts';
import { shellLines } from './shell.ts';
import { STEPS } from './steps.ts';
import { why } from './why.ts';

/** How an event is shown. */
export interface Manner {
  errnoName(errno: number): string;
  /** Only planned: it has no outcome, and no time. */
  readonly planned?: boolean;
  /** The clock at which the story begins: each event is told how long after. */
  readonly since?: number;
  readonly colors?: Colors;
}

type Paint = (text: string) => string;

/** What is painted, and how: nothing unless it is said. */
export interface Colors {
  readonly bold: Paint;
  readonly cyan: Paint;
  readonly green: Paint;
  readonly dim: Paint;
  readonly red: Paint;
}

const asIs: Paint = (text) => text;
const PLAIN: Colors = { bold: asIs, cyan: asIs, green: asIs, dim: asIs, red: asIs };

/**
 * Tells events in the order in which they come: a heading whenever the step or the workload changes; the call as its man
 * page writes it, with result and time; then the shell line that does the same (`$`), what it is for (`#`), and what the
 * kernel says afterwards (`=`).
 */
export function openTelling(manner: Manner): (event: Event) => string {
  let before: Event | undefined;
  const stages = new Map<string, string>();
  return (event) => {
    const place = `${event.step} ${event.subject}`;
    const isNew = before === undefined || place !== `${before.step} ${before.subject}`;
    const lines = isNew ? [...(before ? [''] : []), heading(event, manner)] : [];
    const stage = stageOf(event) ?? stages.get(place);
    if (stage !== undefined) stages.set(place, stage);
    const text = eventText(event, manner, before);
    // A private root is fifty mounts below one long path.
    lines.push(stage && event.door === 'shim' ? text.replaceAll(stage, '$STAGE') : text);
    if (stage && event.door === 'spawn') lines.push(`    STAGE=${stage}`);
    before = event;
    return lines.join('\n');
  };
}

function heading({ step, subject }: Event, { colors = PLAIN }: Manner): string {
  const name = [step ?? 'looked at', ...(subject === undefined ? [] : [subject])].join(' ');
  return `${colors.bold(name.toUpperCase())}  ${colors.dim(step ? STEPS[step] : 'before anything is touched')}`;
}

/** Where a shim makes the private root of its workload. */
function stageOf({ door, argv = [] }: Event): string | undefined {
  const at = argv.indexOf('--stage');
  return door === 'spawn' && at > 0 ? argv[at + 1] : undefined;
}

/** A reason that was just given is not given again. */
function eventText(event: Event, manner: Manner, before: Event | undefined): string {
  const { colors = PLAIN, since } = manner;
  const clock = since === undefined ? '' : `${`+${((event.t - since) / 1e6).toFixed(3)}`.padStart(9)} `;
  const given = before && event.door === 'shim' ? why(before) : [];
  const reasons = why(event).map((reason) => (given.includes(reason) ? '' : reason));
  const [first = '', ...rest] = [
    `${colors.dim(clock)}${call(event)}${outcome(event, manner)}`,
    ...explanation(shells(event), reasons, colors),
    ...(manner.planned ? [] : (event.evidence ?? [])).map((line) => colors.green(`= ${line}`)),
  ].flatMap((line) => line.split('\n'));
  const margin = ' '.repeat(clock.length + 4);
  return [first, ...rest.map((line) => margin + line)].join('\n');
}

function call({ door, call, args, argv, inside }: Event): string {
  const [setting, values = ''] = args.split(': ');
  if (door === 'sysctl') return `write("/proc/sys/${setting}", "${values.replace(/.* -> /, '')}")`;
  if (door === 'spawn' && argv) return `execve("${argv[0]}", …)`;
  if (door !== 'ip' && door !== 'nft') return `${call}(${args})`;
  return `${call} ${args}${inside === undefined ? '' : ` (in the network namespace of ${inside})`}`;
}

function outcome({ result, errno, us, door }: Event, { errnoName, planned, colors = PLAIN }: Manner): string {
  if (planned) return '';
  const time = us >= 10_000 ? `${(us / 1000).toFixed(1)} ms` : `${us} µs`;
  const failed = errno !== undefined || ((door === 'ip' || door === 'nft') && result !== 0);
  const value = errno === undefined ? String(result) : `-1 ${errnoName(errno)}`;
  return ` = ${failed ? colors.red(value) : value} ${colors.dim(`<${time}>`)}`;
}

/** A batch is many lines, each with a reason of its own; a transaction of nft is one thing. */
function shells(event: Event): string[] {
  const lines = shellLines(event);
  return event.door === 'nft' ? [lines.join('\n')] : lines;
}

function explanation(lines: readonly string[], reasons: readonly string[], { cyan, dim }: Colors): string[] {
  return Array.from({ length: Math.max(lines.length, reasons.length) }, (_, index) => [
    ...(lines[index] ? [cyan(`$ ${lines[index]}`)] : []),
    ...(reasons[index] ? [dim(`# ${reasons[index]}`)] : []),
  ]).flat();
}
