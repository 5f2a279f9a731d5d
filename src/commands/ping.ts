import { requireRoot } from '../pod/require-root.ts';
import { json } from '../render/output.ts';
import { palette } from '../render/palette.ts';
import { reachabilityMarkdown, reachabilityText } from '../render/reachability.ts';
import { parseDuration } from '../spec/duration.ts';
import type { Reachability } from '../spec/reachability.ts';
import { InputError } from '../sys/errors.ts';
import type { Kernel } from '../sys/invoke.ts';
import { openLibc } from '../sys/libc.ts';
import { type Answered, type Ask, ping as askAll } from '../trace/ping.ts';
import { Transcript } from '../transcript/transcript.ts';
import { attachSinks, type GlobalOptions, printNotice, stateRoot } from './globals.ts';
import { checkFormat } from './output-format.ts';
import { allEnds, type PingEnds, type PingSource, type PingTarget } from './ping-ends.ts';
import { print } from './print.ts';
import { withProgress } from './progress.ts';
import { findDestination } from './trace-destination.ts';
import { PROBES, sourceNetns } from './trace-source.ts';
import { type Asked, parseWords } from './trace-words.ts';

export interface PingOptions {
  readonly all?: boolean;
  readonly output?: string;
  readonly timeout?: string;
}

/** `nslab ping --all`: who reaches whom; `nslab ping FROM [tcp|icmp] DEST[:PORT]`: one of these questions. Status 1: that one was not answered. */
export async function ping(
  words: readonly string[],
  { all = false, output = 'table', timeout = '1s' }: PingOptions,
  globals: GlobalOptions,
): Promise<number> {
  const format = checkFormat(output, ['table', 'markdown', 'json']);
  const patience = parseDuration(timeout, '--timeout');
  if (all === words.length > 0) throw new InputError('ping FROM [tcp|icmp] DEST[:PORT], or ping --all');
  const one = all ? undefined : parseWords('ping', words);
  requireRoot(PROBES);
  const root = stateRoot(globals);
  const transcript = new Transcript();
  await attachSinks(transcript, globals);
  const kernel = { libc: await openLibc(), transcript };
  const ends = one ? await oneQuestion(root, one, transcript) : allEnds(kernel, root);
  const found = await withProgress((say) => {
    say(() => `asking ${ends.targets.length} from ${ends.sources.length}`);
    return ask(kernel, ends, patience);
  });
  const colors = palette(process.stdout, globals.color);
  const text = {
    json: () => json({ kind: 'Reachability', ...found }),
    markdown: () => reachabilityMarkdown(found),
    table: () => reachabilityText(found, colors),
  }[format]();
  print(text, format === 'table' ? colors : undefined);
  for (const sentence of ends.leftOut) printNotice(sentence);
  return !all && found.cells.some(({ result }) => result !== 'reached') ? 1 : 0;
}

async function oneQuestion(root: string, asked: Asked, transcript: Transcript): Promise<PingEnds> {
  const source = { name: asked.from, netns: sourceNetns(root, asked.from) };
  const { protocol: by, to, port } = await findDestination(root, asked, transcript);
  if (by === 'udp')
    throw new InputError('nothing is known of what answers a datagram: ping asks by tcp or icmp', {
      hint: `nslab trace ${asked.from} udp ${asked.to}:${port}`,
    });
  const name = `${asked.to}${asked.port === undefined ? '' : `:${asked.port}`}`;
  return {
    sources: [source],
    targets: [{ name, by, port, traced: asked.to, addressFor: () => to }],
    leftOut: [],
  };
}

interface Question extends Ask {
  readonly source: PingSource;
  readonly target: PingTarget;
}

async function ask(kernel: Kernel, { sources, targets }: PingEnds, patience: number): Promise<Reachability> {
  const questions: Question[] = sources.flatMap((source) =>
    targets.flatMap((target) => {
      const address = target.addressFor(source.name);
      if (address === undefined) return [];
      const { by, port } = target;
      return [{ source, target, from: source.netns, by, address, port }];
    }),
  );
  const answered = await askAll(kernel, questions, patience);
  const isReached = new Map(
    answered.map(({ source, target, result }) => [`${source.name} ${target.name}`, result === 'reached']),
  );
  return {
    from: sources.map(({ name }) => name),
    to: targets.map(({ name, by }) => ({ name, by })),
    cells: answered.map((cell) => {
      const { source, target, by, address, port, result, rtt, errno } = cell;
      const back = isReached.get(`${target.name} ${source.name}`);
      return {
        ...{ from: source.name, to: target.name, by, address, port, result, rtt, errno },
        asymmetric: back !== undefined && back !== (result === 'reached'),
        trace: result === 'reached' ? null : traceCommand(cell),
      };
    }),
  };
}

function traceCommand({ source, target, by, address, port }: Question & Answered): string {
  const to = target.traced ?? address;
  return ['nslab trace', source.name, by === 'tcp' ? `tcp ${to}:${port}` : to].join(' ');
}
