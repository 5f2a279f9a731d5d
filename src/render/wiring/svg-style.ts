/** Colours by owner, light and dark. Every rule starts with the picture's class: a page may contain other elements. */
export const STYLE = `
.nslab-wiring{--paper:#fbfcfd;--card:#fff;--line:#d5dbe3;--ink:#1b2430;--soft:#5b6675;--panel:#f1f4f8;--panel-line:#dfe5ec;
--host:#475569;--pod:#2563eb;--docker:#0e7490;--podman:#7c3aed;--containerd:#4d7c0f;--mininet:#b45309;--netns:#047857;--unnamed:#64748b;
font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono","Liberation Mono",monospace}
@media (prefers-color-scheme:dark){.nslab-wiring{--paper:#0f1419;--card:#171e26;--line:#2c3743;--ink:#e6ebf1;--soft:#9aa7b6;--panel:#1e2731;--panel-line:#2c3743;
--host:#94a3b8;--pod:#60a5fa;--docker:#22d3ee;--podman:#a78bfa;--containerd:#a3e635;--mininet:#fbbf24;--netns:#34d399;--unnamed:#94a3b8}}
.nslab-wiring .host{--own:var(--host)}.nslab-wiring .pod{--own:var(--pod)}.nslab-wiring .docker{--own:var(--docker)}
.nslab-wiring .podman{--own:var(--podman)}.nslab-wiring .containerd{--own:var(--containerd)}.nslab-wiring .mininet{--own:var(--mininet)}
.nslab-wiring .netns{--own:var(--netns)}.nslab-wiring .unnamed{--own:var(--unnamed)}
.nslab-wiring .paper{fill:var(--paper)}
.nslab-wiring .body{fill:var(--card);stroke:var(--line);stroke-width:1}
.nslab-wiring .edge{fill:var(--own)}
.nslab-wiring .bridge{fill:var(--panel);stroke:var(--panel-line)}
.nslab-wiring .pill{fill:var(--own);fill-opacity:.13}
.nslab-wiring text{fill:var(--ink);white-space:pre}
.nslab-wiring .title{font-size:14px;font-weight:700}
.nslab-wiring .inode{font-size:10.5px;fill:var(--soft)}
.nslab-wiring .inside{font-size:11px;fill:var(--ink)}
.nslab-wiring .name{font-size:12px;font-weight:600}
.nslab-wiring .down{font-size:12px;fill:var(--soft)}
.nslab-wiring .address{font-size:12px}
.nslab-wiring .quality{font-size:11px;fill:var(--soft)}
.nslab-wiring .nat{font-size:11px;fill:var(--soft)}
.nslab-wiring .link{fill:none;stroke:var(--own);stroke-width:2;stroke-linecap:round}
.nslab-wiring .stacked{stroke-dasharray:2 5}
.nslab-wiring .socket{fill:var(--card);stroke:var(--own);stroke-width:2}
`;
