/** The template of the page. `<%= %>` escapes; `<%~ %>` does not and is for trusted content. */
export const TEMPLATE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="nslab">
<title><%= page.title %></title>
<style><%~ page.style %></style>
</head>
<body>
<a class="skip" href="#transcript">To the transcript</a>
<header>
<h1><%= page.title %></h1>
<p><%= page.about %></p>
<nav aria-label="Parts of this page"><a href="#wiring">Wiring</a> <a href="#sharing">Namespaces</a> <a href="#time">Time</a> <a href="#transcript">Transcript</a><% if (page.script !== undefined) { %> <a href="#script">Script</a><% } %></nav>
</header>
<main>
<section aria-labelledby="facts"><h2 id="facts">Facts</h2>
<dl>
<% for (const { name, value } of page.facts) { %>
<div><dt><%= name %></dt><dd><%= value %></dd></div>
<% } %>
</dl>
</section>
<section aria-labelledby="wiring"><h2 id="wiring">Wiring</h2>
<p>Network namespaces and the links between them. A veth pair is two interfaces: a packet that enters one leaves the other.</p>
<figure class="scrolls" tabindex="0" role="group" aria-label="Diagram of the wiring"><%~ page.picture %></figure>
</section>
<section aria-labelledby="sharing"><h2 id="sharing">Namespaces</h2>
<p>Two processes share a namespace if and only if its inode is the same. The holder keeps the namespaces that the others join.</p>
<div class="scrolls" tabindex="0" role="group" aria-label="The matrix of namespaces">
<table>
<thead><tr><th scope="col">Process</th><th scope="col">PID</th><% for (const kind of page.matrix.kinds) { %><th scope="col"><%= kind %></th><% } %></tr></thead>
<tbody>
<% for (const { name, pid, cells } of page.matrix.rows) { %>
<tr><th scope="row"><%= name %></th><td><%= pid %></td><% for (const cell of cells) { %><td class="<%= cell.same %>"><%= cell.text %></td><% } %></tr>
<% } %>
</tbody>
</table>
</div>
</section>
<section aria-labelledby="time"><h2 id="time">Time</h2>
<p>The steps on a time axis of <%= page.axis.shown.toFixed(1) %> ms; each bar is one call.<% if (page.axis.cuts.length > 0) { %> The axis is cut where nslab was idle, at the dotted lines: <%= page.axis.cuts.map(({ idle }) => (idle / 1000).toFixed(1) + ' s').join(', ') %>.<% } %></p>
<ol class="lanes">
<% page.steps.forEach((chapter, index) => { %>
<li><a href="#c<%= index %>"><%= chapter.name %></a><span class="lane" aria-hidden="true"><% for (const event of chapter.events) { %><i style="<%= page.bar(event) %>"></i><% } %><% for (const { at } of page.axis.cuts) { %><b style="left:<%= at.toFixed(3) %>%"></b><% } %></span></li>
<% }) %>
</ol>
</section>
<section aria-labelledby="transcript"><h2 id="transcript">Transcript</h2>
<p>System calls and commands, in order. Unfold a call to see the equivalent shell line, its purpose, and the state of the kernel afterwards.</p>
<p class="tools" hidden><button type="button" data-unfold="true">Unfold all</button> <button type="button" data-unfold="false">Fold all</button></p>
<% page.steps.forEach((chapter, index) => { %>
<section aria-labelledby="c<%= index %>"><h3 id="c<%= index %>"><%= chapter.name %></h3>
<p><%= chapter.about %></p>
<ol class="events">
<% for (const event of chapter.events) { %>
<li><details><summary><span class="at">+<%= event.at.toFixed(3) %> ms</span> <code><%= event.call %></code> <span class="<%= event.failed ? 'failed' : 'result' %>">= <%= event.result %></span> <span class="took"><%= event.time %></span></summary>
<% for (const { shell, purpose } of event.lines) { %>
<% if (purpose) { %><p><%= purpose %></p><% } %>
<% if (shell) { %><pre><code><%= shell %></code></pre><% } %>
<% } %>
<% if (event.evidence.length > 0) { %>
<ul class="evidence" aria-label="State of the kernel">
<% for (const line of event.evidence) { %><li><code><%= line %></code></li><% } %>
</ul>
<% } %>
</details></li>
<% } %>
</ol>
</section>
<% }) %>
</section>
<% if (page.script !== undefined) { %>
<section aria-labelledby="script"><h2 id="script">Script</h2>
<p>Makes the same pod without nslab: <code>sh pod.sh up</code>, and <code>sh pod.sh down</code>.</p>
<details><summary>Show it</summary><pre class="scrolls" tabindex="0" role="group" aria-label="The script"><code><%= page.script %></code></pre></details>
</section>
<% } %>
</main>
<script><%~ page.behaviour %></script>
</body>
</html>
`;
