import { existsSync } from 'node:fs';
import { findTarget } from '../pod/target.ts';
import { jsonLine } from '../render/output.ts';
import { palette } from '../render/palette.ts';
import { podScript } from '../script/script.ts';
import { OperationError } from '../sys/errors.ts';
import { onDisk } from '../sys/file-tree.ts';
import { groupByStep, withSteps } from '../transcript/by-step.ts';
import { readEvents } from '../transcript/read.ts';
import { openEventFormatter } from './format-event.ts';
import { type GlobalOptions, stateRoot } from './globals.ts';
import { checkFormat } from './output-format.ts';
import { print, printScript } from './print.ts';

/** `nslab transcript POD`: prints the system calls and commands that made a pod, in order, of all processes. */
export function transcript(name: string, options: { output?: string }, globals: GlobalOptions): number {
  const format = checkFormat(options.output ?? 'text', ['text', 'json', 'script']);
  const root = stateRoot(globals);
  const { pod } = findTarget(root, name);
  const { transcript } = pod.files;
  if (!existsSync(transcript))
    throw new OperationError(`pod "${pod.intent.name}" has no transcript: ${transcript} was removed`);
  const events = withSteps(readEvents(transcript));
  if (format === 'json') {
    for (const event of events) print(jsonLine(event));
    return 0;
  }
  if (format === 'script') {
    printScript(podScript({ root, name: pod.intent.name, events, written: onDisk }));
    return 0;
  }
  const [first] = events;
  const bytes = (globals.verbose ?? 0) > 1;
  const colors = palette(process.stdout, globals.color);
  const formatEvent = openEventFormatter(colors, { bytes, ...(first && { since: first.t }) });
  for (const event of groupByStep(events).flatMap((chapter) => chapter.events))
    print(`${formatEvent(event)}\n`, colors);
  return 0;
}
