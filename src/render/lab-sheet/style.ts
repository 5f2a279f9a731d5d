/** For paper first: black on white, boxes to write in, no page break inside of a part. */
export const STYLE = `
/* As in a terminal, a Chinese character is as wide as two others: 1.204 em. */
@font-face { font-family: two-columns; size-adjust: 120.4%; unicode-range: U+2E80-9FFF, U+FF00-FFEF;
  src: local("Noto Sans CJK SC"), local("NotoSansCJKsc-Regular"), local("PingFang SC"), local("Microsoft YaHei"); }
@page { size: A4; margin: 18mm 16mm; }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem; max-width: 48rem; background: #fff; color: #16202b; line-height: 1.45;
  font: 1rem/1.5 "Noto Sans", "DejaVu Sans", system-ui, sans-serif; }
html[lang=zh-CN] body { font-family: "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", sans-serif; }
h1 { margin: 0 0 .6rem; font-size: 1.7rem; line-height: 1.2; }
h1 span { color: #5a6673; }
h2 { margin: 1.5rem 0 .4rem; padding-top: .7rem; border-top: 1.5px solid #16202b; font-size: 1.08rem; line-height: 1.35; }
h3 { margin: .7rem 0 .2rem; font-size: .9rem; color: #44505d; }
p { margin: .2rem 0 .5rem; }
.kind { margin: 0; color: #44505d; font-size: .9rem; }
.who { display: flex; gap: 2rem; margin: .8rem 0 1.2rem; }
.who span { flex: 2; border-bottom: 1px solid #16202b; padding-bottom: .2rem; color: #44505d; font-size: .9rem; }
.who span + span { flex: 1; }
code, pre { font: .84rem/1.4 "DejaVu Sans Mono", ui-monospace, Menlo, monospace; }
pre { margin: .3rem 0 .7rem; padding: .45rem .6rem; border: 1px solid #cfd6de; border-radius: 4px; white-space: pre-wrap; overflow-wrap: anywhere; }
pre.drawing { white-space: pre; overflow: visible; font-size: .72rem; border: 0; padding: 0; line-height: 1.25; }
html[lang=zh-CN] pre.drawing { font-family: "DejaVu Sans Mono", Menlo, two-columns, monospace; }
ul { list-style: none; margin: .1rem 0 .4rem; padding: 0; }
.choices { display: flex; flex-wrap: wrap; gap: .3rem 1.6rem; }
.checks li { margin: .15rem 0; }
li { display: flex; gap: .5rem; align-items: baseline; }
li i { flex: none; width: .95em; height: .95em; border: 1.2px solid #16202b; border-radius: 2px; font: 700 .8em/1 sans-serif; text-align: center; align-self: center; }
.checks li i { align-self: flex-start; margin-top: .28em; }
li.right { font-weight: 700; }
.box { height: 3.6rem; border: 1.2px solid #16202b; border-radius: 4px; }
.measured { color: #44505d; font-size: .85rem; }
.why { padding: .35rem .7rem; border-left: 3px solid #1c6b3a; }
table { border-collapse: collapse; margin: .4rem 0 .7rem; font-size: .76rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; white-space: nowrap; color: #44505d; padding-bottom: .15rem; }
th, td { padding: .12rem .55rem .12rem 0; border-bottom: 1px solid #cfd6de; text-align: left; vertical-align: top; }
dt { font-weight: 600; }
dd { margin: 0 0 .5rem; }
.part, pre, table, li, dl div, .why, h2, .learner section { break-inside: avoid; }
h2, h3 { break-after: avoid; }
@media print { body { max-width: none; padding: 0; font-size: .82rem; } .box { height: 16mm; } }
`;
