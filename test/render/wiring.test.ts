import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import t from 'tap';
import { palette } from '../../src/render/palette.ts';
import { wiringDot } from '../../src/render/wiring/dot.ts';
import { layOut, type Placed, type Point } from '../../src/render/wiring/layout.ts';
import { wiringMermaid } from '../../src/render/wiring/mermaid.ts';
import { wiringSvg } from '../../src/render/wiring/svg.ts';
import { wiringTree } from '../../src/render/wiring/tree.ts';
import type { Wiring } from '../../src/spec/wiring.ts';
import { requires } from '../requires.ts';
import { picture } from './picture.ts';

const GOLDEN = fileURLToPath(new URL('golden/wiring.svg', import.meta.url));
const noColors = palette({}, 'never');

t.test('the picture equals the golden file (NSLAB_GOLDEN=1 writes it: review it then)', async (t) => {
  const svg = wiringSvg(picture(3));
  if (process.env.NSLAB_GOLDEN === '1') writeFileSync(GOLDEN, svg);
  t.equal(svg, readFileSync(GOLDEN, 'utf8'));
  t.equal(svg, wiringSvg(structuredClone(picture(3))), 'the result is deterministic');
  t.not(wiringSvg(picture(2)), svg, 'another wiring gives another picture (control)');
});

t.test('nothing overlaps, for any number of pods', async (t) => {
  for (const count of [0, 1, 3, 5, 20, 60]) {
    const { cards, lines, width, height } = layOut(picture(count));
    t.equal(cards.length, count + 4, `${count} pods: every network namespace`);
    t.equal(lines.length, count + 2, 'every link');
    t.same(overlaps(cards), [], 'cards do not overlap');
    t.ok(
      cards.every(
        ({ x, y, ...card }) => x >= 0 && y >= 0 && x + card.width <= width && y + card.height <= height,
      ),
    );
    t.same(
      lines.flatMap(({ from, to }) => [from, to].filter((end) => !onAnEdge(end, cards))),
      [],
      'links end at cards',
    );
    t.notOk(
      lines.some(({ from, to }) => crosses(from, to, cards)),
      'links run between cards',
    );
  }
  const [first, second] = layOut(picture(3)).cards as [Placed, Placed];
  t.not(
    overlaps([first, { ...second, x: first.x + 5, y: first.y + 5 }]).length,
    0,
    'an overlap is noticed (control)',
  );
});

t.test('texts stay within their cards, for any length', async (t) => {
  const long = 'x'.repeat(300);
  const { places: namespaces, cables } = picture(1);
  const stretched = namespaces.map((netns) => ({
    ...netns,
    label: `${netns.label} ${long}`,
    inside: [long, long, 'third'],
    nat: [`${long} ${long} and some words more`],
    interfaces: netns.interfaces.map((face) => ({
      ...face,
      name: long,
      addresses: [`${long}/64`, '::2/128'],
      detail: long,
    })),
  }));
  for (const { sheet, width } of layOut({ places: stretched, cables, unseen: [] }).cards)
    for (const { x, text, end } of sheet.texts) {
      const room = end ? x : width - x;
      if (text.length * 6.3 > room + 2) t.fail(`${text} is wider than ${room}`);
    }
  t.match(
    JSON.stringify(layOut({ places: stretched, cables, unseen: [] })),
    '…',
    'long texts are shortened (control)',
  );
});

t.test('names are escaped in every format', async (t) => {
  const hostileName = '"]<script>alert(1)</script>&amp;\\"; } x\u001b[2J\u202e`#35;';
  const base = picture(1);
  const hostile: Wiring = {
    ...base,
    places: base.places.map((netns) => ({
      ...netns,
      label: hostileName,
      inside: [hostileName],
      nat: [hostileName],
      interfaces: netns.interfaces.map((face) => ({ ...face, name: hostileName, detail: hostileName })),
    })),
    cables: base.cables.map(({ ends: [a, b] }) => ({
      kind: hostileName,
      ends: [a, { ...b, name: hostileName }] as const,
    })),
  };
  for (const [form, text] of Object.entries({
    tree: wiringTree(hostile, noColors),
    svg: wiringSvg(hostile),
    dot: wiringDot(hostile),
    mermaid: wiringMermaid(hostile),
  }))
    t.notOk(
      ['\u001b', '\u202e'].some((control) => text.includes(control)),
      `${form}: no terminal control characters`,
    );
  const svg = wiringSvg(hostile);
  t.notMatch(svg, /<script/);
  t.match(svg, '&#60;script&#62;', 'shown as text');
  t.equal(svg.match(/<g /g)?.length, base.places.length, 'one element per network namespace');
  t.notMatch(wiringMermaid(hostile), /<script|&amp;|`|"\]<(?!br)/);
  t.same(
    wiringMermaid(hostile)
      .replace(/#\d+;/g, '')
      .split('\n')
      .filter((line) => (line.match(/"/g)?.length ?? 0) % 2),
    [],
    'Mermaid: quotes are balanced',
  );
  if (requires(t, 'dot')) {
    const { status, stdout, stderr } = spawnSync('dot', ['-Tsvg'], {
      input: wiringDot(hostile),
      encoding: 'utf8',
    });
    t.same([status, stderr], [0, ''], 'Graphviz reads it');
    t.equal(
      stdout.match(/class="node"/g)?.length,
      hostile.places.flatMap(({ interfaces, nat }) => [...interfaces, ...nat]).length,
    );
    t.match(stdout, '&lt;script&gt;', 'as text');
  }
});

t.test('the tree', async (t) => {
  t.equal(
    wiringTree(picture(2), noColors),
    `this host  net:[100]
├─ lo           127.0.0.1/8
├─ uplink       203.0.113.2/24  ── downlink of netns out
├─ nslab0       10.244.0.1/16  bridge
│  ├─ nsvport1  ── eth0 of pod web-1
│  └─ nsvport2  ── eth0 of pod web-2
├─ vx0          vxlan 42 to 203.0.113.9 port 4789 over uplink down
└─ nat tcp port 8080, to this machine: dnat, destination becomes 10.244.0.2:80

pod web-1  net:[201]  pause, nginx, busybox
├─ lo    127.0.0.1/8
└─ eth0  10.244.0.2/16  ── nsvport1 of this host

pod web-2  net:[202]  pause, nginx, busybox
├─ lo    127.0.0.1/8
└─ eth0  10.244.0.3/16  ── nsvport2 of this host

netns out  net:[500]  only bind mount /run/netns/out
├─ lo        127.0.0.1/8
├─ downlink  203.0.113.1/24  ── uplink of this host
└─ far       ── near of net:[600]

net:[600]  sleep infinity, 1 more
├─ lo    127.0.0.1/8
└─ near  fd00::2/64 fe80::1/64  ── far of netns out

docker db  net:[700]  postgres
├─ lo    127.0.0.1/8
└─ eth0  172.17.0.2/16  ── in an unreachable namespace
`,
  );
  const colored = wiringTree(picture(1), palette({}, 'always'));
  t.match(colored, '\u001b[', 'with colours');
  t.equal(
    stripVTControlCharacters(colored),
    wiringTree(picture(1), noColors),
    'colours are the only difference',
  );
});

function overlaps(cards: readonly Placed[]): string[] {
  return cards.flatMap((a, at) =>
    cards
      .slice(at + 1)
      .flatMap((b) =>
        a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height
          ? [`${a.netns.label} and ${b.netns.label}`]
          : [],
      ),
  );
}

function onAnEdge({ x, y }: Point, cards: readonly Placed[]): boolean {
  return cards.some(
    (card) => (x === card.x || x === card.x + card.width) && y > card.y && y < card.y + card.height,
  );
}

/** Whether a card overlaps the bounding box of a link. */
function crosses(from: Point, to: Point, cards: readonly Placed[]): boolean {
  const [left, right] = [Math.min(from.x, to.x), Math.max(from.x, to.x)];
  const [top, bottom] = [Math.min(from.y, to.y), Math.max(from.y, to.y)];
  return cards.some(
    ({ x, y, width, height }) => x < right && x + width > left && y < bottom && y + height > top,
  );
}
