import { InputError } from '../../sys/errors.ts';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;

/**
 * The completion script for a shell. It passes the words before the cursor to `nslab __complete` as arguments and never
 * evaluates them. The answer is a line a candidate, with a tab and a description, or `:files`: the shell completes a path.
 */
export function completionScript(shell: string): string {
  const known = SHELLS.find((each) => each === shell);
  if (!known)
    throw new InputError(`no completion for the shell "${shell}"`, { hint: `one of ${SHELLS.join(', ')}` });
  return SCRIPTS[known];
}

// bash splits words at = and : as well (COMP_WORDBREAKS), and replaces only what stands after the last of them. The words are
// joined again where no space stood between them.
const BASH = String.raw`# bash completion for nslab. It needs no package: source <(nslab completion bash)
_nslab() {
  local rest=\${COMP_LINE:0:COMP_POINT} words=() word bare at current stem= line
  for ((at = 0; at <= COMP_CWORD; at++)); do
    word=\${COMP_WORDS[at]}
    bare=\${rest#"\${rest%%[![:space:]]*}"}
    [[ $bare == "$word"* ]] || word=$bare
    if ((at > 0)) && [[ $bare == "$rest" && -n $rest ]]; then
      words[\${#words[@]} - 1]+=$word
    else
      words+=("$word")
    fi
    rest=\${bare#"$word"}
  done
  current=\${words[\${#words[@]} - 1]}
  if [[ $COMP_WORDBREAKS == *=* && $current == *=* ]]; then stem=\${current%"\${current##*=}"}; fi
  if [[ $COMP_WORDBREAKS == *:* && $current == *:* ]]; then stem=\${current%"\${current##*:}"}; fi
  COMPREPLY=()
  compopt +o default +o nospace
  while IFS= read -r line; do
    if [[ $line == :files ]]; then
      compopt -o default
      return
    fi
    line=\${line%%$'\t'*}
    COMPREPLY+=("\${line#"$stem"}")
  done < <(command nslab __complete -- "\${words[@]:1}" 2>/dev/null </dev/null)
}
complete -F _nslab nslab
`.replaceAll('\\$', '$');

const ZSH = String.raw`#compdef nslab
# zsh completion for nslab: source <(nslab completion zsh), or as the file _nslab in a directory of fpath.
_nslab() {
  local line tab=$'\t'
  local -a before lines values shown
  (( CURRENT > 2 )) && before=("\${(@)words[2,CURRENT-1]}")
  lines=("\${(@f)$(command nslab __complete -- "\${(@)before}" "$PREFIX" 2>/dev/null </dev/null)}")
  if [[ $lines[1] == :files ]]; then
    [[ $PREFIX == --*=* ]] && compset -P '*='
    _files
    return
  fi
  for line in "\${(@)lines}"; do
    [[ -n $line ]] || continue
    values+=("\${line%%$tab*}")
    shown+=("\${line/$tab/  -- }")
  done
  (( $#values )) && compadd -l -d shown -a values
}
if [[ "\${funcstack[1]}" == _nslab ]]; then
  _nslab "$@"
else
  (( $+functions[compdef] )) || { autoload -Uz compinit && compinit -i }
  compdef _nslab nslab
fi
`.replaceAll('\\$', '$');

const FISH = String.raw`# fish completion for nslab: nslab completion fish | source
function __nslab_complete
    set -l before (commandline -opc)
    set -l current (commandline -ct)
    set -l lines (command nslab __complete -- $before[2..-1] "$current" 2>/dev/null </dev/null)
    if test "$lines[1]" = :files
        set -l option (string match -r '^--[a-z-]+=' -- "$current")
        set -l path (string replace -r '^--[a-z-]+=' '' -- "$current")
        for line in (__fish_complete_path "$path")
            echo -- "$option$line"
        end
        return
    end
    printf '%s\n' $lines
end
complete -c nslab -e
complete -c nslab -f -a '(__nslab_complete)'
`;

const SCRIPTS = { bash: BASH, zsh: ZSH, fish: FISH };
