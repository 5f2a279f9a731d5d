/**
 * The C library's own signatures of the calls that we make. Blocking calls are absent on purpose: an FFI call stops
 * the event loop for as long as it takes.
 */
const signatures = {
  unshare: ['int', ['int']],
  setns: ['int', ['int', 'int']],
  sethostname: ['int', ['string', 'size_t']],
  pidfd_open: ['int', ['int', 'uint']],
  pidfd_send_signal: ['int', ['int', 'int', 'pointer', 'uint']],
  flock: ['int', ['int', 'int']],
  close_range: ['int', ['uint', 'uint', 'int']],
  pipe2: ['int', ['pointer', 'int']],
  ioctl: ['int', ['int', 'ulong']],
  socket: ['int', ['int', 'int', 'int']],
  send: ['int', ['int', 'pointer', 'size_t', 'int']],
  recv: ['int', ['int', 'pointer', 'size_t', 'int']],
} as const;

export type CallName = keyof typeof signatures;
export type CallArgument = number | string | Buffer | null;

/** The kernel as one function: what a test replaces by a recorder, and a dry run by a planner. */
export type Libc = (name: CallName, args: readonly CallArgument[]) => { result: number; errno: number };

/**
 * Opens the C library that Node itself runs on. The only place that names the FFI package, so that it can be
 * exchanged; loaded when first needed, because verbs that only read never need it (19 ms).
 */
export async function openLibc(): Promise<Libc> {
  const [{ default: ffi }, { default: ref }] = await Promise.all([import('ffi-napi'), import('ref-napi')]);
  // The null path is the C library of Node itself: the one whose threads we are.
  const library = ffi.Library(null, signatures);
  return (name, args) => {
    const result = library[name]?.(...args.map((argument) => argument ?? ref.NULL)) as number;
    // errno is stale after a success: it means something only right after a -1.
    return { result, errno: result === -1 ? ffi.errno() : 0 };
  };
}
