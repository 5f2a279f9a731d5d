import axe from 'axe-core';
import { JSDOM, VirtualConsole } from 'jsdom';
import t from 'tap';
import { type Page, pageHtml } from '../../src/render/page/page.ts';
import { STYLE } from '../../src/render/page/style.ts';

const HOSTILE = `<script>alert(1)</script> "quoted" & 'so' <%= 1 %>`;

const PAGE: Page = {
  title: `Pod ${HOSTILE}`,
  about: HOSTILE,
  facts: [{ name: 'state', value: HOSTILE }],
  picture: '<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="wiring"><text>web</text></svg>',
  matrix: {
    kinds: ['net', 'ipc'],
    rows: [
      {
        name: 'this host',
        pid: '1',
        cells: [
          { text: '1', same: 'none' },
          { text: '2', same: 'none' },
        ],
      },
      {
        name: HOSTILE,
        pid: '7',
        cells: [
          { text: '3', same: 'own' },
          { text: '= host', same: 'host' },
        ],
      },
    ],
  },
  steps: [
    {
      name: `WORKLOAD ${HOSTILE}`,
      about: 'a program',
      events: [
        {
          at: 0,
          took: 2.5,
          call: HOSTILE,
          result: '0',
          time: '2500 µs',
          failed: false,
          lines: [{ shell: HOSTILE, purpose: HOSTILE }],
          evidence: [HOSTILE],
        },
        {
          at: 2.5,
          took: 7.5,
          call: 'x()',
          result: '-1 EPERM',
          time: '7500 µs',
          failed: true,
          lines: [],
          evidence: [],
        },
      ],
    },
  ],
  script: HOSTILE,
};

t.test('the page is self-contained and shows every field as text', async (t) => {
  const { document, errors } = opened(pageHtml(PAGE));
  t.strictSame(errors, [], 'its script runs without errors');
  t.equal(document.querySelectorAll('script').length, 1, 'content is not executed');
  for (const selector of [
    'h1',
    'header p',
    'dd',
    'th[scope=row]:is(tr:nth-child(2) *)',
    'h3',
    'summary code',
    'pre code',
    '.evidence code',
    '#script ~ details code',
  ])
    t.match(document.querySelector(selector)?.textContent, HOSTILE, `${selector} is escaped text`);
  const outside = [...document.querySelectorAll('[src], [href]')].map(
    (each) => each.getAttribute('src') ?? each.getAttribute('href') ?? '',
  );
  t.strictSame(
    outside.filter((where) => !where.startsWith('#')),
    [],
    'no external resource',
  );
  t.notMatch(STYLE, /@import|url\(/);
  for (const href of outside) t.ok(document.querySelector(href), `${href} has a target`);
  const bars = [...document.querySelectorAll('.lane i')].map((bar) => bar.getAttribute('style'));
  t.strictSame(
    bars,
    ['left:0.000%;width:25.000%', 'left:25.000%;width:75.000%'],
    'bars are proportional to durations',
  );
});

t.test('the buttons fold and unfold', async (t) => {
  const { document } = opened(pageHtml(PAGE));
  const [unfold, fold] = document.querySelectorAll('button');
  const open = () =>
    [...document.querySelectorAll<HTMLDetailsElement>('.events details')].map((each) => each.open);
  t.strictSame(open(), [false, false]);
  unfold?.click();
  t.strictSame(open(), [true, true]);
  fold?.click();
  t.strictSame(open(), [false, false]);
});

t.test('axe-core finds no accessibility fault', async (t) => {
  t.strictSame(await faults(pageHtml(PAGE)), []);
  const spoilt = pageHtml(PAGE)
    .replace('<html lang="en">', '<html>')
    .replace('<th scope="col">PID</th>', '<th scope="col"></th>');
  t.match(await faults(spoilt), ['empty-table-header', 'html-has-lang'], 'faults are found (control)');
});

t.test('colours have enough contrast', async (t) => {
  const themes = [...STYLE.matchAll(/:root \{([^}]*)\}/g)].map(([, body = '']) =>
    Object.fromEntries([...body.matchAll(/--(\w+): (#\w{6})/g)].map(([, name, value]) => [name, value])),
  );
  t.equal(themes.length, 2, 'light and dark');
  for (const theme of themes)
    for (const ink of ['ink', 'faint', 'mark', 'own', 'holder', 'bad'])
      for (const ground of ['ground', 'panel'])
        t.ok(
          contrast(theme[ink] ?? '', theme[ground] ?? '') >= 4.5,
          `${ink} ${theme[ink]} on ${ground} ${theme[ground]}`,
        );
  t.ok(contrast('#888888', '#ffffff') < 4.5, 'a common grey has not (control)');
});

function opened(html: string) {
  const errors: string[] = [];
  const virtualConsole = new VirtualConsole();
  virtualConsole.on('jsdomError', (error) => errors.push(error.message));
  const { window } = new JSDOM(html, { runScripts: 'dangerously', virtualConsole });
  return { window, document: window.document, errors };
}

/** The violations that axe-core finds, except those that need a layout: jsdom has none. */
async function faults(html: string): Promise<string[]> {
  const { window } = new JSDOM(html, { runScripts: 'dangerously' });
  window.eval(axe.source);
  const { violations } = await (window as unknown as { axe: typeof axe }).axe.run(
    window.document.documentElement as never,
    {
      rules: { 'color-contrast': { enabled: false } },
    },
  );
  return violations.map(({ id }) => id);
}

/** WCAG 2.2: contrast ratio, relative luminance. */
function contrast(a: string, b: string): number {
  const [light = 0, dark = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (light + 0.05) / (dark + 0.05);
}

function luminance(hex: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
    const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
