import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { completionScript } from '../../src/commands/completion/scripts.ts';
import { unquoted } from '../../src/commands/completion/words.ts';
import { type KernelHost, onFreshHost } from '../kernel/host.ts';
import { requires } from '../requires.ts';

const TYPIST = fileURLToPath(new URL('typist.py', import.meta.url));

t.test('quotes are taken off, and nothing is expanded', async (t) => {
  for (const [typed, word] of [
    ['web', 'web'],
    [`"we`, 'we'],
    [`'a b'c`, 'a bc'],
    [String.raw`a\ b`, 'a b'],
    [String.raw`"a\"b"`, 'a"b'],
    ['"$(id)"', '$(id)'],
    ['`id`', '`id`'],
    ['$HOME/*', '$HOME/*'],
    ['"', ''],
    ['', ''],
  ] as const)
    t.equal(unquoted(typed), word, typed);
  t.throws(() => completionScript('powershell'), { name: 'InputError', hint: 'one of bash, zsh, fish' });
});

/** Words that a shell acts on, as they are typed before or at the cursor. */
const HOSTILE = [
  '$(touch /tmp/hit)',
  '"$(touch /tmp/hit)"',
  '`touch /tmp/hit`',
  "';touch /tmp/hit;'",
  '"\\";touch /tmp/hit;"',
  '<(touch /tmp/hit)',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the shells read it
  '${x:-$(touch /tmp/hit)}',
  '--network=$(touch /tmp/hit)',
  "$'a\\ntouch /tmp/hit\\n'",
  "'a\u0016\ntouch /tmp/hit\u0016\n'",
  "'$(touch /tmp/hit)'",
  '*?[a-z]',
];
/** fish has other syntax: what it takes for an error it does not complete. */
const HOSTILE_TO_FISH = [
  '(touch /tmp/hit)',
  '$(touch /tmp/hit)',
  '"$(touch /tmp/hit)"',
  "';touch /tmp/hit;'",
  '"\\";touch /tmp/hit;"',
  '--network=(touch /tmp/hit)',
  "'(touch /tmp/hit)'",
  "'a;$(touch /tmp/hit)",
  '*?',
];

interface Shell {
  readonly argv: readonly string[];
  /** Typed first: a prompt, and what makes a trial repeatable. */
  readonly setup: string;
  readonly source: string;
  /** A completion which evaluates the words: `evil`. */
  readonly evil: string;
  readonly words: readonly string[];
  /** The keys which leave a line that was not run. */
  readonly abandon: string;
}

const SHELLS: Readonly<Record<'bash' | 'zsh' | 'fish', Shell>> = {
  bash: {
    argv: ['bash', '--norc', '--noprofile', '-i'],
    setup: `PS1='rea''dy> '; bind 'set completion-query-items 0' 'set enable-bracketed-paste off'`,
    source: 'source <(nslab completion bash)',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: bash reads it
    evil: '_evil() { eval "COMPREPLY=(${COMP_WORDS[*]})"; }; complete -F _evil evil',
    words: HOSTILE,
    abandon: '\u0015\n',
  },
  zsh: {
    argv: ['zsh', '-f', '-i'],
    // zsh's own expand-or-complete expands the word at the cursor itself.
    setup: `PS1='rea''dy> '; LISTMAX=0; autoload -Uz compinit; compinit -u -D; bindkey '^I' complete-word`,
    source: 'source <(nslab completion zsh)',
    evil: '_evil() { eval "local x=($words)" }; compdef _evil evil',
    words: HOSTILE,
    abandon: '\u0007',
  },
  fish: {
    argv: ['fish', '--no-config', '-i'],
    setup: `function fish_prompt; echo -n rea'dy> '; end; function fish_title; end; set fish_greeting; set -g fish_autosuggestion_enabled 0`,
    source: 'nslab completion fish | source',
    evil: `complete -c evil -f -a '(eval echo (commandline -cp | string replace evil ""))'`,
    words: HOSTILE_TO_FISH,
    abandon: '\u0015\n',
  },
};

if (requires(t, 'root', 'ip', 'nft', 'python', 'zsh', 'fish'))
  for (const [name, shell] of Object.entries(SHELLS))
    t.test(`${name}: completes, and evaluates nothing that was typed`, (t) =>
      onFreshHost(t, async (host) => {
        await host.must(['hold', 'web', '--network', 'none']);
        await host.must(['network', 'create', 'lan']);
        await completes(t, host, shell);
        await evaluatesNothing(t, host, shell);
        await host.must(['down', 'web']);
        await host.must(['network', 'rm', 'lan']);
        await host.sh('rm -rf /tmp/*');
      }),
    );

/** Each line is completed by TAB and run: what it prints proves what was inserted. */
async function completes(t: Test, host: KernelHost, shell: Shell): Promise<void> {
  const lines: readonly [typed: string, prints: string][] = [
    ['nslab vers\t -o js\t\n', '"kind": "Version"'],
    ['nslab inspect w\t\n', '"hostname": "web"'],
    ['nslab network inspect l\t\n', '"subnet"'],
    ['nslab lab show wir\t\n', 'A wire into an empty network'],
    ['nslab hold x --dry-run --driver i\t --network=no\t\n', 'unshare'],
    ['nslab up --dry-run -f fil\t\n', 'file.yaml:'],
    ['nslab down --dry-run "we\t\n', 'kill'],
    ['nslab run --name w --dry-run --network container:w\t -- true\n', 'web/w'],
  ];
  await host.sh('mkdir -p /tmp/cwd; echo "[" >/tmp/cwd/file.yaml');
  const steps = [...begin(shell, 2), ...lines.flatMap(([typed, prints]) => [[typed, prints], ...AT_PROMPT])];
  const { stdout, status, stderr } = await type(host, shell, steps);
  t.equal(status, 0, 'sourced twice, it completes commands, options, names and files', { stdout, stderr });
  t.notMatch(stdout, /command not found|not enough|bad substitution|Unknown command/, 'without a complaint');
  const wrong = await type(host, shell, [...begin(shell, 1), ['nslab verx\t\n', 'unknown command']]);
  t.equal(wrong.status, 0, 'an unknown word is noticed (control)', { stdout: wrong.stdout });
}

async function evaluatesNothing(t: Test, host: KernelHost, shell: Shell): Promise<void> {
  const keys = (command: string) =>
    shell.words.flatMap((word) => [
      [`${command} exec web ${word} \tQ`, 'Q'],
      [shell.abandon, 'ready> '],
      [`${command} inspect ${word}\tQ`, 'Q'],
      [shell.abandon, 'ready> '],
    ]);
  const { status, stdout, stderr } = await type(host, shell, [...begin(shell, 1), ...keys('nslab')]);
  t.equal(status, 0, 'every hostile word was typed', { stdout, stderr });
  t.notMatch(await host.sh('ls /tmp /tmp/cwd'), /hit/, 'and none has acted');
  await type(host, shell, [...begin(shell, 1), [`${shell.evil}\n`, 'ready> '], ...keys('evil')]);
  t.match(await host.sh('ls /tmp'), /^hit$/m, 'an eval of them is noticed (control)');
}

function begin({ setup, source }: Shell, times: number): string[][] {
  const sourced = Array.from({ length: times }, () => [`${source}\n`, 'ready> ']);
  return [[`${setup}\n`, 'ready> '], ...sourced];
}

const AT_PROMPT = [['', 'ready> ']];

/** Types at an interactive shell which has nslab on PATH. */
function type(host: KernelHost, { argv }: Shell, steps: readonly (readonly string[])[]) {
  const bin = `mkdir -p /run/bin && printf '#!/bin/sh\\nexec ${host.argv.join(' ')} "$@"\\n' >/run/bin/nslab && chmod +x /run/bin/nslab`;
  const script = `${bin}; cd /tmp/cwd; export PATH=/run/bin:$PATH TERM=xterm HOME=/run; python3 ${TYPIST} "$0" "$@"; status=$?; rm -rf /run/bin /run/.[a-z]*; exit $status`;
  return host.host.run(['bash', '-c', script, JSON.stringify(steps), ...argv]);
}
