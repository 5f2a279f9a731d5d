import { addressOf } from '../pod/record.ts';
import { type PodRecord, podNames, readPod } from '../pod/store.ts';
import { podState, viewWorkload } from '../pod/view.ts';
import { isActive, surveyWorkloads } from '../pod/workload-record.ts';
import { age } from '../render/age.ts';
import { listing } from '../render/output.ts';
import { type Palette, palette } from '../render/palette.ts';
import { type GlobalOptions, stateRoot } from './globals.ts';
import { type ListOptions, listForm } from './output-format.ts';
import { print } from './print.ts';

/** A line of `ps`: a holder or a workload. */
interface Item {
  readonly pod: string;
  readonly name: string;
  readonly role: 'holder' | 'workload';
  readonly state: string;
  readonly pid: number | null;
  readonly restarts: number;
  readonly createdAt: string;
  readonly address: string | null;
  readonly command: readonly string[];
}

export interface PsOptions extends ListOptions {
  readonly all?: boolean;
}

/** `nslab ps`: lists holders and running workloads; with -a also those that have ended. */
export async function ps(options: PsOptions, globals: GlobalOptions): Promise<number> {
  const form = listForm(options);
  const root = stateRoot(globals);
  const colors = palette(process.stdout, globals.color);
  const pods = podNames(root).map((name) => readOrDamaged(root, name));
  const text = await listing<Item>(
    {
      kind: 'ProcessList',
      items: pods.flatMap((pod) => ('damaged' in pod ? [pod.damaged] : itemsOf(pod, options.all ?? false))),
      name: ({ pod, name, role }) => (role === 'holder' || pod === name ? pod : `${pod}/${name}`),
      columns: [
        { head: 'POD', cell: ({ pod }) => pod },
        { head: 'NAME', cell: ({ name }) => name },
        { head: 'STATE', cell: ({ state }) => ({ lines: [state], paint: colorOf(state, colors) }) },
        { head: 'PID', cell: ({ pid }) => (pid === null ? '-' : String(pid)) },
        { head: 'RESTARTS', cell: ({ restarts, role }) => (role === 'holder' ? '-' : String(restarts)) },
        { head: 'AGE', cell: ({ createdAt }) => (createdAt === '' ? '-' : age(createdAt)) },
        { head: 'ADDRESS', cell: ({ address }) => address ?? '-' },
        { head: 'COMMAND', wide: true, cell: ({ command }) => command.join(' ') || '-' },
      ],
    },
    form,
  );
  print(text, form.format === 'table' || form.format === 'wide' ? colors : undefined);
  return 0;
}

function itemsOf(pod: PodRecord, all: boolean): Item[] {
  const { intent, status } = pod;
  const base = { pod: intent.name, createdAt: intent.createdAt };
  const address = addressOf(status?.wiring) ?? null;
  const state = podState(pod);
  const pid = state === 'running' ? (status?.holder?.pid ?? null) : null;
  const holder = {
    ...base,
    name: 'pause',
    role: 'holder' as const,
    state,
    pid,
    restarts: 0,
    address,
    command: [],
  };
  const workloads = surveyWorkloads(pod.files)
    .filter((workload) => all || 'lost' in workload || isActive(workload))
    .map((workload): Item => {
      if ('lost' in workload) return { ...base, ...UNKNOWN, name: workload.name, state: workload.lost };
      const view = viewWorkload(pod, workload);
      const { name, pid, restarts, command } = view;
      const createdAt = view.startedAt ?? intent.createdAt;
      return {
        ...base,
        createdAt,
        name,
        role: 'workload',
        state: view.state,
        pid,
        restarts,
        address,
        command,
      };
    });
  return intent.holder ? [holder, ...workloads] : workloads;
}

/** The fields of a workload whose record cannot be read. */
const UNKNOWN = { role: 'workload', pid: null, restarts: 0, address: null, command: [] } as const;

/** Green: running. Red: a failure. */
function colorOf(state: string, { green, red, yellow }: Palette): (text: string) => string {
  if (state === 'running') return green;
  if (state.startsWith('running (')) return yellow;
  return /^(holder dead|dead|failed|lost|unknown)/.test(state) ? red : String;
}

/** A damaged record is listed too, with the error as its state. */
function readOrDamaged(root: string, name: string): PodRecord | { readonly damaged: Item } {
  try {
    return readPod(root, name);
  } catch (error) {
    const state = `unknown (${(error as Error).message})`;
    const nothing = { pid: null, restarts: 0, createdAt: '', address: null, command: [] };
    return { damaged: { pod: name, name: 'pause', role: 'holder', state, ...nothing } };
  }
}
