import { json } from '../render/output.ts';
import { type Palette, palette } from '../render/palette.ts';
import { traceText } from '../render/trace-text.ts';
import type { Trace } from '../spec/trace.ts';
import { InputError, OperationError } from '../sys/errors.ts';
import { openLibc } from '../sys/libc.ts';
import { readNumber } from '../sys/number.ts';
import { PROTOCOLS, type ProbeProtocol } from '../sys/probe-socket.ts';
import { trace as follow, type ProbeSpec } from '../trace/trace.ts';
import { Transcript } from '../transcript/transcript.ts';
import { attachSinks, type GlobalOptions, printNotice, stateRoot } from './globals.ts';
import { knownProcesses } from './known-processes.ts';
import { checkFormat } from './output-format.ts';
import { print } from './print.ts';
import { destinationAddress, sourceNetns } from './trace-ends.ts';

const EXPECTED = { reach: 'reached', refused: 'refused', dropped: 'dropped' } as const;

/** `nslab trace FROM [tcp|udp|icmp] DEST[:PORT]`: the way of one probe, and who stopped it. Status 3: not as expected. */
export async function trace(
  words: readonly string[],
  options: { output?: string; expect?: string },
  globals: GlobalOptions,
): Promise<number> {
  const format = checkFormat(options.output ?? 'text', ['text', 'json']);
  const expected = options.expect === undefined ? undefined : EXPECTED[checkExpected(options.expect)];
  const { from, protocol, to, port } = parse(words);
  refuseUnprivileged();
  const root = stateRoot(globals);
  const spec: ProbeSpec = { from: sourceNetns(root, from), protocol, to: destinationAddress(root, to), port };
  const transcript = new Transcript();
  await attachSinks(transcript, globals);
  const { trace: found, unseen } = await follow(
    { libc: await openLibc(), transcript },
    spec,
    knownProcesses(globals),
  );
  const colors = palette(process.stdout, globals.color);
  print(RENDER[format](found, colors), format === 'text' ? colors : undefined);
  for (const sentence of unseen) printNotice(sentence);
  if (expected === undefined || expected === found.verdict.result) return 0;
  printNotice(`expected: ${expected}, found: ${found.verdict.result}`);
  return 3;
}

const RENDER = {
  json: (found: Trace) => json({ kind: 'Trace', ...found }),
  text: (found: Trace, colors: Palette) => traceText(found, colors),
};

interface Asked {
  readonly from: string;
  readonly protocol: ProbeProtocol;
  readonly to: string;
  readonly port: number;
}

/** Without a protocol, a port means TCP, and none an echo request. */
function parse([from = '', ...rest]: readonly string[]): Asked {
  const word = rest.length > 1 ? rest[0] : undefined;
  const destination = rest.at(-1) ?? '';
  if (rest.length < 1 || rest.length > 2) throw new InputError('trace FROM [tcp|udp|icmp] DEST[:PORT]');
  const [to = '', port, ...more] = destination.split(':');
  if (more.length > 0 || to === '') throw new InputError(`"${destination}" is not DEST or DEST:PORT`);
  const protocol = word === undefined ? (port === undefined ? 'icmp' : 'tcp') : checkProtocol(word);
  if ((protocol === 'icmp') !== (port === undefined))
    throw new InputError(
      protocol === 'icmp' ? 'icmp has no ports' : `${protocol} needs a port: ${destination}:PORT`,
    );
  return { from, protocol, to, port: port === undefined ? 0 : readNumber('port', port, 'port') };
}

function checkProtocol(word: string): ProbeProtocol {
  const known = Object.keys(PROTOCOLS) as ProbeProtocol[];
  const found = known.find((each) => each === word);
  if (!found) throw new InputError(`no protocol "${word}"`, { hint: `one of ${known.join(', ')}` });
  return found;
}

function checkExpected(word: string): keyof typeof EXPECTED {
  const known = Object.keys(EXPECTED) as (keyof typeof EXPECTED)[];
  const found = known.find((each) => each === word);
  if (!found) throw new InputError(`--expect "${word}" is no result`, { hint: `one of ${known.join(', ')}` });
  return found;
}

function refuseUnprivileged(): void {
  if (process.geteuid?.() === 0) return;
  throw new OperationError('this needs root: a probe is sent and watched inside of network namespaces', {
    hint: 'run nslab as root: sudo nslab …',
  });
}
