/**
 * Replaces `$(VAR)` by its value and `$$` by `$`, as Kubernetes does in command, args, env and subPathExpr. A reference
 * that `lookup` does not know stays unchanged. third_party/forked/golang/expansion/expand.go
 *
 * One pass: a regular expression would look for the end of each `$(` anew, which takes minutes for 400 kB of them.
 */
export function expand(text: string, lookup: (name: string) => string | undefined): string {
  let expanded = '';
  let copied = 0;
  const lastEnd = text.lastIndexOf(')');
  for (let at = text.indexOf('$'); at >= 0; at = text.indexOf('$', at)) {
    const next = text[at + 1];
    const end = next === '(' && at < lastEnd ? text.indexOf(')', at) : -1;
    if (next === '$') {
      expanded += text.slice(copied, at + 1);
      at += 2;
      copied = at;
    } else if (end >= 0) {
      expanded += text.slice(copied, at) + (lookup(text.slice(at + 2, end)) ?? text.slice(at, end + 1));
      at = end + 1;
      copied = at;
    } else at += 1;
  }
  return expanded + text.slice(copied);
}
