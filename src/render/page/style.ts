/** Every colour has a contrast of at least 4.5 to its background, light and dark (WCAG 2.2, 1.4.3). */
export const STYLE = `
:root { --ground: #ffffff; --ink: #1b2430; --faint: #566270; --line: #d5dbe3; --panel: #f5f7fa;
  --mark: #0b5cad; --own: #0b5cad; --holder: #1c6b3a; --bad: #b3261e; --bar: #2f7dd1; }
@media (prefers-color-scheme: dark) {
  :root { --ground: #12171d; --ink: #e3e8ee; --faint: #a0adba; --line: #2d3743; --panel: #1a212a;
    --mark: #7db8f5; --own: #7db8f5; --holder: #7ccf9a; --bad: #ff9a90; --bar: #4e95e0; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem; max-width: 72rem; background: var(--ground); color: var(--ink);
  font: 1rem/1.5 system-ui, sans-serif; }
h1 { margin: 0; font-size: 1.9rem; line-height: 1.2; }
h2 { margin: 2.5rem 0 .4rem; padding-top: .6rem; border-top: 1px solid var(--line); font-size: 1.3rem; }
h3 { margin: 1.6rem 0 .1rem; font-size: 1rem; letter-spacing: .02em; }
p { margin: .2rem 0 .8rem; max-width: 46rem; }
header p, section > section > p { color: var(--faint); }
a { color: var(--mark); }
nav a { margin-right: .8rem; }
:focus-visible { outline: 2px solid var(--mark); outline-offset: 2px; }
.skip { position: absolute; left: -100rem; }
.skip:focus { left: 1rem; top: .5rem; background: var(--ground); padding: .3rem .6rem; }
code, pre { font: .86rem/1.45 ui-monospace, SFMono-Regular, Menlo, monospace; }
dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(17rem, 1fr)); gap: .1rem 1.5rem; margin: .5rem 0; }
dl div { display: flex; gap: .7rem; padding: .25rem 0; border-bottom: 1px solid var(--line); }
dt { color: var(--faint); min-width: 6rem; }
dd { margin: 0; overflow-wrap: anywhere; }
figure { margin: 0; }
figure svg { max-width: 100%; height: auto; }
.scrolls { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; white-space: nowrap; }
th, td { padding: .3rem .8rem .3rem 0; border-bottom: 1px solid var(--line); text-align: left; font-size: .92rem; }
th[scope=col] { color: var(--faint); font-weight: 600; }
td.own { color: var(--own); font-weight: 600; }
td.holder { color: var(--holder); }
td.host, td.none { color: var(--faint); }
ol { list-style: none; margin: 0; padding: 0; }
.lanes li { display: grid; grid-template-columns: 11rem 1fr; align-items: center; gap: .8rem; padding: .12rem 0; }
.lanes a { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; font-size: .88rem; }
.lane { position: relative; height: 1.1rem; background: var(--panel); border-radius: 3px; overflow: hidden; }
.lane i { position: absolute; top: 2px; bottom: 2px; min-width: 2px; background: var(--bar); border-radius: 1px; }
.lane b { position: absolute; top: 0; bottom: 0; border-left: 2px dotted var(--faint); }
.tools button { font: inherit; color: var(--ink); background: var(--panel); border: 1px solid var(--line);
  border-radius: 5px; padding: .25rem .8rem; cursor: pointer; }
.events > li { border-bottom: 1px solid var(--line); }
summary { cursor: pointer; padding: .28rem 0; overflow-wrap: anywhere; }
.at { display: inline-block; min-width: 7.2rem; color: var(--faint); font-variant-numeric: tabular-nums; font-size: .86rem; }
.took { margin-left: .6rem; }
p::first-letter { text-transform: uppercase; }
.took, .result { color: var(--faint); font-size: .86rem; }
.failed { color: var(--bad); font-size: .86rem; font-weight: 600; }
.events details > :not(summary) { margin-left: 1.2rem; }
.events details p { margin-bottom: .2rem; }
pre { margin: .1rem 0 .6rem; padding: .5rem .7rem; background: var(--panel); border-radius: 5px; white-space: pre-wrap;
  overflow-wrap: anywhere; }
pre.scrolls { white-space: pre; }
.evidence { margin: .1rem 0 .7rem; padding: 0 0 0 .8rem; border-left: 3px solid var(--holder); list-style: none; color: var(--holder); }
@media (max-width: 40rem) { .lanes li { grid-template-columns: 7rem 1fr; } .at { min-width: 0; margin-right: .4rem; } }
@media print {
  body { max-width: none; padding: 0; font-size: .8rem; }
  nav, .skip, .tools { display: none; }
  details, tr, figure { break-inside: avoid; }
  h2, h3 { break-after: avoid; }
  .lane, .lane i, .lane b { print-color-adjust: exact; }
}
`;
