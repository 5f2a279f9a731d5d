import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import t from 'tap';
import { documents } from '../../src/commands/documents/documents.ts';
import { text } from '../../src/commands/documents/roff.ts';
import type { Schema } from '../../src/commands/documents/schema.ts';
import { documentSchemas } from '../../src/commands/documents/schemas.ts';
import { buildProgram } from '../../src/commands/program.ts';
import { onFreshHost } from '../kernel/host.ts';
import { requires } from '../requires.ts';

const DIST = fileURLToPath(new URL('../../dist/', import.meta.url));
const FILES = documents(buildProgram(() => {}));
const PAGES = Object.entries(FILES).filter(([path]) => path.startsWith('man/'));
const MANIFEST = fileURLToPath(new URL('../../scripts/labs/two-containers.yaml', import.meta.url));

t.test('the package has them', async (t) => {
  for (const [path, content] of Object.entries(FILES))
    t.equal(readFileSync(DIST + path, 'utf8'), content, path);
  t.ok(PAGES.length > 30, `${PAGES.length} man pages`);
});

t.test('text of a man page is never a request or an escape', async (t) => {
  t.equal(text(".de\n'x \\fB -a’"), "\\&.de\n\\&'x \\efB \\-a\\[u2019]");
});

if (requires(t, 'groff'))
  t.test('groff reads every man page without a warning, and man shows it', async (t) => {
    const warnings = (page: string) =>
      spawnSync('groff', ['-ww', '-man', '-Tutf8', '-z'], { input: page, encoding: 'utf8' }).stderr;
    for (const [path, page] of PAGES) t.equal(warnings(page), '', path);
    t.not(warnings(`${PAGES[0]?.[1]}.nonsense\n`), '', 'a wrong request is found (control)');
    const shown = spawnSync('man', ['-l', `${DIST}man/man1/nslab-up.1`], {
      encoding: 'utf8',
      env: { ...process.env, MANPAGER: 'cat', MANWIDTH: '100', LC_ALL: 'C.UTF-8', MAN_KEEP_FORMATTING: '' },
    });
    t.match(shown.stdout, /NSLAB-UP\(1\)[\s\S]*--allow-host-path[\s\S]*nslab up -d -f pod\.yaml/);
  });

const SERVICE = JSON.stringify({
  ...{ apiVersion: 'v1', kind: 'Service', metadata: { name: 'web' } },
  spec: { type: 'NodePort', selector: { app: 'web' }, ports: [{ port: 80 }] },
});

/** What prints each kind of document, on a host with some pods. */
const PRINTED: Readonly<Record<string, string>> = {
  ProcessList: 'ps -a',
  List: 'inspect pod-two-container pod-two-container/nginx x n',
  NetworkList: 'network ls',
  ServiceList: 'service ls',
  EndpointsList: 'endpoints',
  PolicyList: 'policy ls',
  NamespaceMatrix: 'ns',
  NamespaceList: 'ns --all',
  NamespaceHoldsList: 'ns why x',
  Wiring: 'map --all',
  Trace: 'trace x pod-two-container:9',
  Reachability: 'ping --all',
  LabList: 'lab list',
  LabReportList: 'lab run namespaces wire docker-compare',
  Comparison: 'compare docker --saved docker',
  ComparedModes: 'compare modes --saved docker',
  Diagnosis: 'doctor',
  Version: 'version',
};

if (requires(t, 'root', 'ip', 'nft', 'nginx', 'busybox'))
  t.test('what is printed is as its schema says', (t) =>
    onFreshHost(t, async ({ nslab, must, sh, host, argv }) => {
      await must(['up', '-d', '-f', MANIFEST]);
      await must(['hold', 'x', '-p', '8080:80']);
      await must(['up', '-d', '-f', '-'], { input: SERVICE });
      await must(['hold', 'n', '--network', 'none', '--share', 'net,ipc,uts,pid']);
      await must(['network', 'create', 'routed', '--type', 'ptp']);
      await must(['run', '-d', '--name', 'ends', '--pod', 'x', '--', 'false']);
      await must(['wait', 'x/ends']);
      const printed: [string, string][] = [];
      for (const [kind, line] of Object.entries(PRINTED)) {
        const { stdout, stderr } = await nslab([...line.split(' '), '-o', 'json']);
        t.ok(stdout.startsWith('{'), `nslab ${line} -o json`, { stderr });
        printed.push([kind, stdout]);
      }
      printed.push(['NetworkList', await must(['network', 'inspect', 'default', 'routed'])]);
      const inode = (await sh('readlink /proc/self/ns/net')).replace(/\D/g, '');
      printed.push(['NamespaceHolds', await must(['ns', 'why', inode, '-o', 'json'])]);
      const dryRun = await must(['hold', 'y', '--dry-run', '--transcript', '/tmp/events']);
      t.not(dryRun, '');
      const events = await must(['transcript', 'pod-two-container', '-o', 'json']);
      for (const line of events.trimEnd().split('\n')) printed.push(['Event', line]);
      const planned = await must(['up', '--dry-run', '-o', 'json', '--network', 'none', '-f', '-'], {
        input: readFileSync(MANIFEST, 'utf8').replaceAll('pod-two-container', 'other'),
      });
      for (const line of planned.trimEnd().split('\n')) printed.push(['Event', line]);
      const listening = host.spawn([...argv, 'events', 'link', '-c', '1', '-o', 'json']);
      await new Promise((heard) => listening.child.stderr?.once('data', heard));
      await sh('ip link add one type veth peer name two; ip link del one');
      printed.push(['ObservedEvent', (await listening.result).stdout]);
      await sh('mkdir /tmp/class');
      const report = printed.find(([kind]) => kind === 'LabReportList')?.[1] ?? '';
      await host.run(['sh', '-c', 'cat >/tmp/class/a.json'], { input: report });
      printed.push(['LabGrades', await must(['lab', 'grade', '/tmp/class', '-o', 'json'])]);
      await sh('rm -rf /tmp/events /tmp/class');

      const wrong = printed.flatMap(([kind, json]) => faults(kind, JSON.parse(json)));
      t.same(wrong, []);
      const seen = new Set(printed.map(([kind]) => kind));
      t.same(
        Object.keys(documentSchemas()).filter((kind) => !seen.has(kind)),
        ['DrillReport'],
        'every kind was printed, but for that which needs a terminal (test/labs/leaving.test.ts)',
      );
      const [first] = printed;
      const document = JSON.parse(first?.[1] ?? '') as { items: Record<string, unknown>[] };
      t.not(
        faults('ProcessList', { ...document, kind: 'List' }).length,
        0,
        'another kind is found (control)',
      );
      for (const change of [{ pid: '1' }, { state: undefined }, { unknown: 1 }])
        t.not(
          faults(
            'ProcessList',
            JSON.parse(JSON.stringify({ ...document, items: [{ ...document.items[0], ...change }] })),
          ).length,
          0,
          `${JSON.stringify(change)} is found (control)`,
        );
      await must(['down', '--all']);
      await must(['network', 'rm', 'routed']);
      await sh('ip neigh flush dev uplink'); // the gateway has looked for the host in return
    }),
  );

/** Where a document is not as its schema says. A field that the schema does not have is a fault here. */
function faults(kind: string, document: unknown): string[] {
  const ajv = new Ajv2020({ allErrors: true, formats: { 'date-time': /^\d{4}-\d\d-\d\dT[\d:.]+Z$/ } });
  const schema = documentSchemas()[kind];
  if (!schema) return [`no schema ${kind}`];
  const validate = ajv.compile(closed(schema) as Schema);
  return validate(document)
    ? []
    : (validate.errors ?? []).map(
        ({ instancePath, message, params }) => `${kind}${instancePath} ${message} ${JSON.stringify(params)}`,
      );
}

function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== 'object' || schema === null) return schema;
  const inner = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, closed(value)]));
  return 'properties' in inner ? { ...inner, additionalProperties: false } : inner;
}
