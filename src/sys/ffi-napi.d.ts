/** The parts of ffi-napi and ref-napi that nslab uses. The packages ship no types of their own. */
declare module 'ffi-napi' {
  const ffi: {
    /** `ffi_cif`: how a function is called. Prepared once, used for every call of that shape. */
    CIF(result: object, args: readonly object[]): Buffer;
    /** dlopen(3); the null path is this very program. `get` is dlsym(3). */
    DynamicLibrary: new (
      path: string | null,
    ) => { get(symbol: string): Buffer };
  };
  export default ffi;
}

declare module 'ffi-napi/lib/bindings.js' {
  const bindings: {
    ffi_call(cif: Buffer, fn: Buffer, result: Buffer, args: Buffer): void;
    /** What the package itself calls; `_errno` returns the calling thread's errno(3). */
    StaticFunctions: { readonly _errno: Buffer };
  };
  export default bindings;
}

declare module 'ref-napi' {
  const ref: { readonly types: { readonly int64: object }; address(buffer: Buffer): number };
  export default ref;
}
