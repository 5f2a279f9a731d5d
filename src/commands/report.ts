import writeFileAtomic from 'write-file-atomic';
import { findTarget } from '../pod/target.ts';
import { pageHtml } from '../render/page/page.ts';
import { wiringSvg } from '../render/wiring/svg.ts';
import { podScript } from '../script/script.ts';
import { InputError } from '../sys/errors.ts';
import { onDisk } from '../sys/file-tree.ts';
import { withSteps } from '../transcript/by-step.ts';
import { readEvents } from '../transcript/read.ts';
import { type GlobalOptions, stateRoot } from './globals.ts';
import { loadWiring, wiringAround } from './load-wiring.ts';
import { podPage } from './pod-page.ts';
import { writeFailure } from './write-failure.ts';

export interface ReportOptions {
  readonly out?: string;
  readonly withScript?: boolean;
}

/** `nslab report POD --out FILE.html`: writes a pod as one self-contained page. */
export async function report(
  name: string,
  { out, withScript = false }: ReportOptions,
  globals: GlobalOptions,
): Promise<number> {
  if (out === undefined)
    throw new InputError('report needs a file to write', { hint: `nslab report ${name} --out ${name}.html` });
  const root = stateRoot(globals);
  const { pod } = findTarget(root, name);
  const events = withSteps(readEvents(pod.files.transcript));
  const wiring = wiringAround(await loadWiring(false, globals), pod.intent.name);
  const script = withScript ? podScript({ root, name: pod.intent.name, events, written: onDisk }) : undefined;
  const html = pageHtml(podPage(pod, events, { picture: wiringSvg(wiring), script }));
  try {
    writeFileAtomic.sync(out, html, { fsync: false, mode: 0o644 });
  } catch (error) {
    throw writeFailure(out, error);
  }
  return 0;
}
