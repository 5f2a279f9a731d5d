/**
 * The calls of the C library that we make, and how many arguments each has. Calls that may block for long are absent on purpose:
 * an FFI call stops the event loop for as long as it takes.
 */
const ARGUMENTS = {
  unshare: 1,
  setns: 2,
  sethostname: 2,
  pidfd_open: 2,
  pidfd_send_signal: 4,
  flock: 2,
  close_range: 3,
  mkfifo: 2,
  mount: 5,
  umount2: 2,
  pipe2: 2,
  ioctl: 2,
  socket: 3,
  socketpair: 4,
  bind: 3,
  // on a socket that does not block
  connect: 3,
  getsockname: 3,
  setsockopt: 5,
  getsockopt: 5,
  send: 4,
  recv: 4,
  // for some milliseconds
  poll: 3,
  // glibc's own: the kernel has no such calls
  posix_spawn: 6,
  posix_spawn_file_actions_init: 1,
  posix_spawn_file_actions_adddup2: 3,
  posix_spawn_file_actions_addclose: 2,
  posix_spawn_file_actions_addopen: 5,
  posix_spawn_file_actions_addchdir_np: 2,
  posix_spawn_file_actions_destroy: 1,
  posix_spawnattr_init: 1,
  posix_spawnattr_setflags: 2,
  posix_spawnattr_setsigdefault: 2,
  posix_spawnattr_setsigmask: 2,
  waitpid: 3,
} as const;

export type CallName = keyof typeof ARGUMENTS;
/**
 * A buffer or string is passed by its address, null as the null pointer. A list is passed as words in a row and a null behind them:
 * `char *const []`, or a struct that has pointers.
 */
export type CallArgument = number | string | Buffer | null | readonly (number | string | Buffer)[];

/** The kernel as one function: what a test replaces by a recorder, and a dry run by a planner. */
export type Libc = (name: CallName, args: readonly CallArgument[]) => { result: number; errno: number };

const WORD = 8;

/**
 * Opens the C library that Node itself runs on. The only place that names the FFI package, so that it can be
 * exchanged; loaded when first needed, because verbs that only read never need it (19 ms).
 *
 * The package's own `Library` makes a buffer for every argument of every call: 26 µs for recv(2). Here all that a call
 * needs is prepared once, and its words are written into the same place each time: 2 µs. Every argument is a register,
 * so each goes as a whole one; every result of ours fits into its lower half.
 */
export async function openLibc(): Promise<Libc> {
  const [{ default: ffi }, { default: bindings }, { default: ref }] = await Promise.all([
    import('ffi-napi'),
    import('ffi-napi/lib/bindings.js'),
    import('ref-napi'),
  ]);
  // The null path is the C library of Node itself: the one whose threads we are.
  const library = new ffi.DynamicLibrary(null);
  const most = Math.max(...Object.values(ARGUMENTS));
  const result = Buffer.alloc(WORD);
  const words = Buffer.alloc(WORD * most);
  // Stores a word at once; `writeBigInt64LE` does it byte by byte.
  const slots = new BigInt64Array(words.buffer, words.byteOffset, most);
  const places = Buffer.alloc(WORD * most);
  for (let n = 0; n < most; n++) places.writeBigUInt64LE(BigInt(ref.address(words) + n * WORD), n * WORD);
  const shapes = Array.from({ length: most + 1 }, (_, count) =>
    ffi.CIF(
      ref.types.int64,
      Array.from({ length: count }, () => ref.types.int64),
    ),
  );
  const found = new Map<CallName, Buffer>();
  const find = (name: CallName) => {
    const symbol = found.get(name) ?? library.get(name);
    found.set(name, symbol);
    return symbol;
  };
  const errnoNow = () => {
    bindings.ffi_call(shapes[0] as Buffer, bindings.StaticFunctions._errno, result, places);
    return result.readInt32LE(0);
  };
  return (name, args) => {
    if (args.length !== ARGUMENTS[name]) throw new TypeError(`${name} has ${ARGUMENTS[name]} arguments`);
    // Only addresses are passed. The buffers must stay referenced until the call is over.
    const held: Buffer[] = [];
    const addressOf = (buffer: Buffer) => {
      held.push(buffer);
      return ref.address(buffer);
    };
    const wordOf = (argument: CallArgument): number => {
      if (argument === null) return 0;
      if (typeof argument === 'number') return argument;
      if (typeof argument === 'string') return addressOf(Buffer.from(`${argument}\0`));
      if (Buffer.isBuffer(argument)) return addressOf(argument);
      const list = Buffer.alloc(WORD * (argument.length + 1));
      for (const [n, each] of argument.entries()) list.writeBigUInt64LE(BigInt(wordOf(each)), n * WORD);
      return addressOf(list);
    };
    for (const [n, argument] of args.entries()) slots[n] = BigInt(wordOf(argument));
    bindings.ffi_call(shapes[args.length] as Buffer, find(name), result, places);
    held.length = 0;
    const value = result.readInt32LE(0);
    // errno is stale after a success: it means something only right after a -1.
    return { result: value, errno: value === -1 ? errnoNow() : 0 };
  };
}
