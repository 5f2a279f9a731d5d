/**
 * Replaces `$(VAR)` by its value and `$$` by `$`, as Kubernetes does in command, args, env and subPathExpr. A reference
 * that `lookup` does not know stays unchanged. third_party/forked/golang/expansion/expand.go
 */
export function expand(text: string, lookup: (name: string) => string | undefined): string {
  return text.replace(/\$(?:\$|\(([^)]*)\))/g, (reference, name: string | undefined) =>
    name === undefined ? '$' : (lookup(name) ?? reference),
  );
}
