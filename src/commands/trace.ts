import { requireRoot } from '../pod/require-root.ts';
import { json } from '../render/output.ts';
import { type Palette, palette } from '../render/palette.ts';
import { traceMermaid } from '../render/trace-mermaid.ts';
import { traceText } from '../render/trace-text.ts';
import type { Trace } from '../spec/trace.ts';
import { InputError } from '../sys/errors.ts';
import { openLibc } from '../sys/libc.ts';
import { trace as follow, type ProbeSpec } from '../trace/trace.ts';
import { Transcript } from '../transcript/transcript.ts';
import { attachSinks, type GlobalOptions, printNotice, stateRoot } from './globals.ts';
import { knownProcesses } from './known-processes.ts';
import { checkFormat } from './output-format.ts';
import { print } from './print.ts';
import { findDestination } from './trace-destination.ts';
import { PROBES, sourceNetns } from './trace-source.ts';
import { parseWords } from './trace-words.ts';

const EXPECTED = { reach: 'reached', refused: 'refused', dropped: 'dropped' } as const;

/** `nslab trace FROM [tcp|udp|icmp] DEST[:PORT]`: the way of one probe, and who stopped it. Status 3: not as expected. */
export async function trace(
  words: readonly string[],
  options: { output?: string; expect?: string },
  globals: GlobalOptions,
): Promise<number> {
  const format = checkFormat(options.output ?? 'text', ['text', 'json', 'mermaid']);
  const expected = options.expect === undefined ? undefined : EXPECTED[checkExpected(options.expect)];
  const asked = parseWords('trace', words);
  requireRoot(PROBES);
  const root = stateRoot(globals);
  const transcript = new Transcript();
  await attachSinks(transcript, globals);
  const from = sourceNetns(root, asked.from);
  const spec: ProbeSpec = { from, ...(await findDestination(root, asked, transcript)) };
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
  mermaid: traceMermaid,
  text: (found: Trace, colors: Palette) => traceText(found, colors),
};

function checkExpected(word: string): keyof typeof EXPECTED {
  const known = Object.keys(EXPECTED) as (keyof typeof EXPECTED)[];
  const found = known.find((each) => each === word);
  if (!found) throw new InputError(`--expect "${word}" is no result`, { hint: `one of ${known.join(', ')}` });
  return found;
}
