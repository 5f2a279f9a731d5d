/** The picture fills the window; in one too small for it, texts stay legible, and it scrolls. What is new is marked for some seconds. */
export const STYLE = `
:root { --ground: #fbfcfd; --ink: #1b2430; --faint: #566270; --new: #b4530a; --bad: #b3261e; --on-bad: #ffffff; }
@media (prefers-color-scheme: dark) {
  :root { --ground: #0f1419; --ink: #e3e8ee; --faint: #a0adba; --new: #fdba4d; --bad: #ff9a90; --on-bad: #12171d; }
}
* { box-sizing: border-box; }
body { margin: 0; height: 100vh; display: grid; grid-template-rows: minmax(0, 1fr) auto; background: var(--ground);
  color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; }
h1 { position: absolute; width: 1px; height: 1px; margin: 0; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
main { overflow: auto; }
main svg { display: block; width: 100%; height: 100%; }
.wide main svg { height: auto; }
footer { display: flex; align-items: center; gap: 1rem; padding: .3rem 1rem; font-size: 1.25rem; color: var(--faint); }
button { font: inherit; font-size: 1rem; color: inherit; background: none; border: 1px solid; border-radius: 5px;
  padding: .15rem .8rem; cursor: pointer; white-space: nowrap; }
:focus-visible { outline: 2px solid var(--faint); outline-offset: -2px; }
#status { flex: 1; margin: 0; overflow-wrap: anywhere; }
.gone footer { background: var(--bad); color: var(--on-bad); font-weight: 600; }
.gone main { opacity: .45; }
@keyframes new-text { from { fill: var(--new); stroke: var(--new); stroke-width: .6px; } }
@keyframes new-line { from { stroke: var(--new); stroke-width: 5px; } }
.nslab-wiring text.new { animation: new-text 4s ease-in; }
.nslab-wiring .new > .body, .nslab-wiring .link.new { animation: new-line 4s ease-in; }
@media (prefers-reduced-motion: reduce) {
  .nslab-wiring text.new, .nslab-wiring .new > .body, .nslab-wiring .link.new { animation-timing-function: steps(1, end); }
}
`;
