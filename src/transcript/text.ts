import { annotate } from './annotate.ts';
import type { Event } from './event.ts';
import { explain, titleOf } from './explain.ts';
import { why } from './why.ts';

/** How an event is shown. */
export interface Manner {
  errnoName(errno: number): string;
  /** Whether netlink's messages are shown byte by byte. */
  readonly bytes?: boolean;
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
    lines.push(stage && event.channel === 'shim' ? text.replaceAll(stage, '$STAGE') : text);
    if (stage && event.channel === 'spawn') lines.push(`    STAGE=${stage}`);
    before = event;
    return lines.join('\n');
  };
}

function heading(event: Event, { colors = PLAIN }: Manner): string {
  const { name, about } = titleOf(event);
  return `${colors.bold(name)}  ${colors.dim(about)}`;
}

/** Where a shim makes the private root of its workload. */
function stageOf({ channel, argv = [] }: Event): string | undefined {
  const at = argv.indexOf('--stage');
  return channel === 'spawn' && at > 0 ? argv[at + 1] : undefined;
}

/** A reason that was just given is not given again: a private root is fifty mounts. */
function eventText(event: Event, manner: Manner, before: Event | undefined): string {
  const { colors = PLAIN, since, planned = false, bytes = false } = manner;
  const { call, result, failed, time, lines, evidence } = explain(event, manner.errnoName);
  const clock = since === undefined ? '' : `${`+${((event.t - since) / 1e6).toFixed(3)}`.padStart(9)} `;
  const outcome = planned ? '' : ` = ${failed ? colors.red(result) : result} ${colors.dim(`<${time}>`)}`;
  const given = before && event.channel === 'shim' ? why(before) : [];
  const [first = '', ...rest] = [
    `${colors.dim(clock)}${call}${outcome}`,
    ...lines.flatMap(({ shell, reason }) => [
      ...(shell ? [colors.cyan(`$ ${shell}`)] : []),
      ...(reason && !given.includes(reason) ? [colors.dim(`# ${reason}`)] : []),
    ]),
    ...(bytes ? annotate(event.bytes ?? '') : []).map((line) => colors.dim(`| ${line}`)),
    ...(planned ? [] : evidence).map((line) => colors.green(`= ${line}`)),
  ].flatMap((line) => line.split('\n'));
  const margin = ' '.repeat(clock.length + 4);
  return [first, ...rest.map((line) => margin + line)].join('\n');
}
