/** The template of a lab's sheet. `<%= %>` escapes; `<%~ %>` does not and is for trusted content. */
export const TEMPLATE = `<!doctype html>
<html lang="<%= sheet.language %>">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="nslab">
<title><%= sheet.number %> <%= sheet.title %> – <%= sheet.kind %></title>
<style><%~ sheet.style %></style>
</head>
<body class="<%= sheet.answers ? 'teacher' : 'learner' %>">
<header>
<p class="kind"><%= sheet.kind %></p>
<h1><span><%= sheet.number %></span> <%= sheet.title %></h1>
<% if (!sheet.answers) { %><p class="who"><span><%= sheet.words.name %></span><span><%= sheet.words.date %></span></p><% } %>
</header>
<main>
<p><strong><%= sheet.words.goal %>:</strong> <%= sheet.goal %></p>
<pre class="drawing"><%= sheet.drawing %></pre>
<p><strong><%= sheet.words.run %>:</strong> <code><%= sheet.command %></code></p>
<% if (sheet.answers) { %><p class="measured"><%= sheet.answers.measured %></p><% } %>
<% sheet.steps.forEach((step, index) => { %>
<section>
<h2><%= index + 1 %>/<%= sheet.steps.length %> <%= step.goal %></h2>
<% if (step.predictions.length > 0) { %>
<div class="part">
<h3><%= sheet.words.predict %></h3>
<% for (const { question, choices, answer } of step.predictions) { %>
<p><%= question %></p>
<ul class="choices"><% for (const choice of choices) { %><li<% if (choice === answer) { %> class="right"<% } %>><i aria-hidden="true"><% if (choice === answer) { %>✓<% } %></i><%= choice %></li><% } %></ul>
<% } %>
</div>
<% } %>
<% if (step.answers) { %>
<% if (step.answers.lines.length > 0) { %><pre><% for (const line of step.answers.lines) { %>$ <%= line + '\\n' %><% } %></pre><% } %>
<% for (const { title, heads, rows } of step.answers.tables) { %>
<table><caption><%= title %></caption><thead><tr><% for (const head of heads) { %><th scope="col"><%= head %></th><% } %></tr></thead>
<tbody><% if (rows.length === 0) { %><tr><td><%= sheet.words.none %></td></tr><% } %><% for (const row of rows) { %><tr><% for (const cell of row) { %><td><%= cell %></td><% } %></tr><% } %></tbody></table>
<% } %>
<% } %>
<div class="part">
<h3><%= sheet.words.watch %></h3>
<ul class="checks"><% for (const says of step.checks) { %><li><i aria-hidden="true"><% if (step.answers) { %>✓<% } %></i><%= says %></li><% } %></ul>
</div>
<% if (step.answers) { %><p class="why"><strong><%= sheet.words.why %></strong> <%= step.answers.why %></p>
<% } else { %><div class="part"><h3><%= sheet.words.yourWhy %></h3><div class="box"></div></div><% } %>
</section>
<% }) %>
<% if (sheet.answers && sheet.answers.faults.length > 0) { %>
<section><h2><%= sheet.words.faults %></h2>
<dl><% for (const { what, hint, cures } of sheet.answers.faults) { %><div><dt><%= what %></dt><dd><%= hint %><% if (cures.length > 0) { %><pre><% for (const line of cures) { %># <%= line + '\\n' %><% } %></pre><% } %></dd></div><% } %></dl>
</section>
<% } %>
</main>
</body>
</html>
`;
