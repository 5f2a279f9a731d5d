/**
 * A storm: `size` processes that ignore TERM, each of which replaces itself by a child twice a second. The number stays
 * constant: a process exits only after one fork. All exit by themselves after a minute.
 */
export function storm(size: number, { leavesSession }: { readonly leavesSession: boolean }): string[] {
  const program = `
    use POSIX;
    $SIG{$_} = 'IGNORE' for qw(TERM INT HUP QUIT USR1 USR2 CHLD);
    my $end = time + 60;
    for (1 .. ${size}) {
      next if fork;
      while (time < $end) { ${leavesSession ? 'POSIX::setsid();' : ''} select undef, undef, undef, 0.3 + rand 0.4; exit if fork }
      exit;
    }
    $| = 1;
    print "raging\\n";
    sleep 1 while time < $end;
  `;
  return ['perl', '-e', program.replace(/\s*\n\s*/g, ' ')];
}
