/** A linear memory. */
export interface WasmMemory {
  readonly buffer: ArrayBuffer;
}

/** A compiled module. */
export type WasmCode = object;

/** What is used of the global `WebAssembly`, whose types belong to browsers. */
export interface WasmHost {
  readonly Memory: new (size: { initial: number; maximum: number }) => WasmMemory;
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => WasmCode;
  readonly Instance: new (code: WasmCode, imports: { env: { memory: WasmMemory } }) => { readonly exports: object };
  readonly validate: (bytes: Uint8Array<ArrayBuffer>) => boolean;
}

/** The global `WebAssembly`, or undefined where there is none. */
export function wasmHost(): WasmHost | undefined {
  return (globalThis as unknown as { readonly WebAssembly?: WasmHost }).WebAssembly;
}
