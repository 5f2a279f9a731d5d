import { ALL_KINDS } from '../ns/kinds.ts';
import { type MatrixRow, namespaceMatrix } from '../observe/matrix.ts';
import { networkOf, type Wiring } from '../pod/record.ts';
import type { PodRecord } from '../pod/store.ts';
import { subjects, viewPod } from '../pod/view.ts';
import type { Page, PageCell, PageStep } from '../render/page/page.ts';
import { errnoWords } from '../sys/errors.ts';
import { groupByStep, withSteps } from '../transcript/by-step.ts';
import type { Event } from '../transcript/event.ts';
import { explain, titleOf } from '../transcript/explain.ts';

/** Collects a pod's page: its records, the kernel's present state, and the transcript. */
export function podPage(
  pod: PodRecord,
  events: readonly Event[],
  rendered: Pick<Page, 'picture' | 'script'>,
  now = new Date(),
): Page {
  return {
    title: `Pod ${pod.intent.name}`,
    about: `The pod was made at ${toTheSecond(pod.intent.createdAt)} by nslab, without an engine or a daemon; this page shows it as it was at ${toTheSecond(now.toISOString())}, with the system calls of its life and their results.`,
    facts: facts(pod),
    matrix: matrix(pod),
    steps: transcriptSteps(events),
    ...rendered,
  };
}

/** ISO 8601, UTC. */
function toTheSecond(time: string): string {
  return time.replace('T', ' ').replace(/(?:\.\d+)?Z$/, ' UTC');
}

function facts(pod: PodRecord): Page['facts'] {
  const { state, hostname, holder, workloads } = viewPod(pod);
  const [first, ...others] = pod.status?.wiring ?? [];
  const linkOf = ({ mac, mtu }: Wiring) => `${mac}, MTU ${mtu}`;
  const hostEnd = ({ hostInterface, bridge }: Wiring) => [hostInterface, bridge].filter(Boolean).join(' on ');
  const network = first && {
    address: first.address,
    gateway: first.gateway,
    interface: `${first.interface}, ${linkOf(first)}`,
  };
  const ports = pod.intent.ports.map(
    ({ hostIP, hostPort, podPort, protocol }) =>
      `${hostIP === undefined ? '' : `${hostIP}:`}${hostPort} → ${podPort}/${protocol}`,
  );
  const all = {
    state,
    'host name': hostname,
    holder: holder === undefined ? 'none' : `process ${holder.pid}`,
    network: networkOf(pod.intent),
    ...network,
    ...(first && { 'on the host': hostEnd(first) }),
    ...Object.fromEntries(
      others.map((each) => [
        each.interface,
        `${each.address} in ${each.network}, ${linkOf(each)}; on the host ${hostEnd(each)}`,
      ]),
    ),
    ...(ports.length > 0 && { ports: ports.join(', ') }),
    ...Object.fromEntries(
      workloads.map(({ name, state, pid }) => [name, pid === null ? state : `${state}, process ${pid}`]),
    ),
  };
  return Object.entries(all).map(([name, value]) => ({ name, value }));
}

function matrix(pod: PodRecord): Page['matrix'] {
  const { host, processes } = namespaceMatrix(subjects(pod));
  const hosts = ALL_KINDS.map((kind): PageCell => ({ text: String(host[kind] ?? '–'), same: 'none' }));
  return {
    kinds: ALL_KINDS,
    rows: [
      { name: 'this host', pid: '1', cells: hosts },
      ...processes.map((row) => ({
        name: row.name,
        pid: String(row.pid),
        cells: ALL_KINDS.map((kind) => cell(row.ns[kind])),
      })),
    ],
  };
}

function cell(found: MatrixRow['ns'][keyof MatrixRow['ns']]): PageCell {
  if (!found) return { text: '–', same: 'none' };
  return { text: found.same === 'own' ? String(found.inode) : `= ${found.same}`, same: found.same };
}

function transcriptSteps(events: readonly Event[]): PageStep[] {
  const start = withSteps(events)[0]?.t ?? 0;
  return groupByStep(events).map((chapter) => ({
    ...titleOf(chapter),
    events: chapter.events.map((event) => ({
      at: (event.t - start) / 1e6,
      took: event.us / 1000,
      ...explain(event, (errno) => errnoWords(errno)[0]),
    })),
  }));
}
