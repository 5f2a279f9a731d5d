/** The parts of ffi-napi and ref-napi that nslab uses. The packages ship no types of their own. */
declare module 'ffi-napi' {
  const ffi: {
    Library(path: string | null, functions: object): Record<string, (...args: unknown[]) => unknown>;
    errno(): number;
  };
  export default ffi;
}

declare module 'ref-napi' {
  const ref: { readonly NULL: Buffer };
  export default ref;
}
